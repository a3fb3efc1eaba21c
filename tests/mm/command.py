#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""command: what `mm` prints and returns, without the validator."""
import re
import subprocess
import sys

MM = sys.argv[1]
# KIND:LOCK>LOCK…, KIND:RULE:LOCK…, rule:RULE; "silent": nothing at all.
KINDS = ("inversion|wait-inversion|self-deadlock|free-held|context|rcu|"
         "rule|seqcount|proved|refuted")
WORD = r"(?:rule:[RS]\d+|(?:%s):(?:R\d+:)?[a-z_>-]+)" % KINDS
LINE = re.compile(r"^(s\d\.[a-z0-9.-]+) (ok|bug) (silent|%s(?: %s)*)$"
                  % (WORD, WORD))
CLASSES = {"i_rwsem", "mmap_lock", "folio_lock", "vm_sequence", "i_mmap_rwsem",
           "anon_vma", "page_table_lock", "ptl", "fs_reclaim", "vma_lock",
           "invalidate_lock", "irqs_off", "rcu_gp", "rcu_cb",
           "urcu-bp"}  # of the library that the model waits with
failed = 0


def mm(*words):
    done = subprocess.run([MM, *words], text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def check(holds, rule):
    global failed
    failed += not holds
    print("ok" if holds else "NOT OK", rule)


status, out, err = mm("list")
lines = out.splitlines()
matches = [LINE.match(line) for line in lines]
check(status == 0 and not err and all(matches), "list_has_one_line_per_scenario")
names = [m[1] for m in matches if m]
check(len(names) == len(set(names)), "names_are_unique")
check({"s1.annotated", "s1.raw-adjust", "s1.raw-both", "s1.x1", "s1.x2"}
      <= set(names), "the_ladder_of_s1_is_there")
check(all(set(word.split(":")[-1].split(">")) <= CLASSES
          for line in lines for word in line.split()[2:]
          if ":" in word and not word.startswith("rule:")),
      "expectations_name_known_classes")
check(all(any(not word.startswith(("proved", "silent"))
              for word in line.split()[2:]) == (" bug " in line)
          for line in lines), "what_is_expected_is_a_bug_or_not")

for name in names:
    first, second = mm("run", name), mm("run", name)
    last = (first[1].splitlines() or [""])[-1] # tables may come first
    check(first[0] == 0 and first[2] == "" and last.startswith(name + ": ") and
          last.endswith("invariants hold"), name + "_holds")
    check(first == second, name + "_is_deterministic")

# What S3 derives for 8 VMAs and 3 reads each: V(R+1), V; V(R+1) twice; 0, 0.
table = re.findall(r"^(?:early|delayed) .*?(\d+) +(\d+)$", mm("run", "s3.ok")[1],
                   re.MULTILINE)
check(table == [("32", "8"), ("32", "32"), ("0", "0")],
      "the_fallbacks_are_those_of_s3")

status, out, err = mm("run", "s0.ok", "--profile", "2020")
check(status == 2 and out == "" and "2020" in err, "profiles_are_known_ones")
for profile in ("2019-spf", "2021", "current"):
    check(mm("run", "s0.ok", "--profile", profile)[0] == 0,
          "profile_%s_is_known" % profile)

for wrong, near in (("s1.raw", "s1.raw-adjust"), ("s1.anotated", "s1.annotated"),
                    ("S1.X1", "s1.x1"), ("x" * 500, "s0.")):
    status, out, err = mm("run", wrong)
    check(status == 2 and out == "" and err.count("\n") == 1 and near in err,
          "unknown_%.12s_names_the_nearest" % wrong)

for words in ((), ("walk",), ("run",), ("list", "all"), ("litmus", "all"),
              ("stress", "--seconds"), ("stress", "--seconds", "0"),
              ("stress", "--minutes", "1"), ("stress", "--profile", "2017"), ("stress", "--seconds", "1x"),
              ("run", "s1.x1", "--profile")):
    status, out, err = mm(*words)
    check(status == 2 and out == "" and err.count("\n") == 1,
          "usage_of_%s_is_one_line" % "_".join(words))
status, out, err = mm("litmus")
check(status == 0 and err == "" and "unsound" in out and "NOT AS" not in out,
      "litmus_judges_as_expected")
status, out, err = mm("stress", "--seconds", "1")
check(status == 0 and err == "" and out.endswith("invariants hold\n") and
      "faults" in out, "stress_holds_alone")
status, out, err = mm("--help")
check(status == 0 and err == "" and "mm run NAME" in out, "help_helps")
sys.exit(failed != 0)
