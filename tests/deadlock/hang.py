#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""hang.py LOCKVAL HANG: a program that deadlocks is told and ended, one that
only waits long is left alone, and --on-deadlock is obeyed.

Bounded by a limit that a program which hangs would run into; nothing depends
on how fast it is."""
import json
import os
import re
import subprocess
import sys
import tempfile

LIMIT = 60
FAILED = []


def run(lockval, hang, kind, *options):
    with tempfile.TemporaryDirectory() as scratch:
        report = os.path.join(scratch, "report.json")
        try:
            done = subprocess.run(
                [lockval, "run", "--record", os.path.join(scratch, "rec"),
                 "--format", "json", "-o", report, *options, "--", hang, kind],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=LIMIT)
        except subprocess.TimeoutExpired:
            return None, []
        with open(report, encoding="utf-8") as file:
            return done.returncode, json.load(file)["findings"]


def check(rule, good, seen):
    print(("ok " if good else "NOT OK ") + rule + ("" if good else f": {seen}"))
    if not good:
        FAILED.append(rule)


def happened(findings, kind):
    return [f for f in findings if f["kind"] == kind and
            f["grade"] == "deadlock"]


END = "the end of thread"
BEYOND = {  # what is waited for, by each thread
    "joined": ["mutex[2]", END],
    "each-other": [END, END],
    "lost": ["changed", END],
    "silent": ["changed", END],
    "retake": ["mutex[0]", END],
    "unposted": ["posted", "posted", END],
    "barrier": ["barrier", "barrier", END],
    "once": ["mutex[0]", "once"],
    "stream": ["_IO_2_1_stderr_", "_IO_2_1_stdout_"],
}


def watchdogs(lockval, hang):
    """`handled` stands still, but a handler posts in the end."""
    command = [lockval, "run", "--no-default-suppressions", "--watchdog", "1"]
    with tempfile.TemporaryDirectory() as scratch:
        command += ["--record", scratch]
        done = subprocess.run([*command, "--", hang, "handled"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=LIMIT)
        check("watchdog_tells_who_waits_for_what_and_lets_go_on",
              done.returncode == 0 and done.stdout == "done\n" and
              done.stderr.count("nothing has moved") == 1 and
              "waits for a post of posted at" in done.stderr and
              "waits_for_post" in done.stderr and
              "and holds mutex[1], taken at" in done.stderr and
              not [f for f in os.listdir(scratch) if "watchdog" in f],
              (done.returncode, done.stderr))
        done = subprocess.run([*command, "--on-deadlock", "exit", "--", hang,
                               "handled"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=LIMIT)
        check("watchdog_ends_where_it_is_asked_to", done.returncode == 66 and
              not done.stdout and "stood still" in done.stderr,
              (done.returncode, done.stderr))
        done = subprocess.run([*command, "--", hang, "busy"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=LIMIT)
        check("watchdog_is_silent_while_a_thread_runs", done.returncode == 0
              and "nothing has moved" not in done.stderr,
              (done.returncode, done.stderr))


def main(lockval, hang, *families):
    for kind, locks in (("mutex", 2), ("three", 3), ("beside", 2), ("rwlock", 2),
                        ("readers", 2), ("spin", 2), ("c11", 2)):
        status, findings = run(lockval, hang, kind)
        told = happened(findings, "deadlock")
        good = (status == 66 and len(told) == 1 and
                len(told[0]["locks"]) == locks and
                len({d["thread"] for d in told[0]["dependencies"]}) == locks
                and all(d["held_at"] and d["wanted_at"]
                        for d in told[0]["dependencies"]) and
                not [f for f in findings if f["kind"] == "inversion"])
        check(f"deadlock_of_{kind}_is_told_and_ended", good,
              (status, findings))
    for kind, waits in BEYOND.items():
        status, findings = run(lockval, hang, kind)
        told = happened(findings, "deadlock")
        good = (status == 66 and len(told) == 1 and
                sorted(re.sub(r" \d+$", "", lock)
                       for lock in told[0]["locks"]) == sorted(waits) and
                all(d["wanted_at"] for d in told[0]["dependencies"]))
        check(f"deadlock_by_{kind}_is_told_and_ended", good,
              (status, findings))
    for family in families:
        status, findings = run(lockval, family, "hang")
        told = happened(findings, "deadlock")
        if family.endswith("urcu"):
            for kind in ("inside", "unseen"):
                inside, itself = run(lockval, family, kind)
                check(f"grace_period_{kind}_a_section_is_told_and_ended",
                      inside == 66 and happened(itself, "rcu"),
                      (inside, itself))
        check(f"deadlock_in_{os.path.basename(family)}_is_told_and_ended",
              status == 66 and len(told) == 1 and
              told[0]["locks"] in (["a", "b"], ["a", "urcu-memb"]) and
              not [f for f in findings if f["kind"] == "inversion"],
              (status, findings))
    for kind in ("late", "busy", "ticked", "limited"):
        status, findings = run(lockval, hang, kind)
        check(f"{kind}_wait_is_left_alone", status == 0 and not findings,
              (status, findings))
    for kind in ("self", "alone"):
        status, findings = run(lockval, hang, kind)
        check(f"self_deadlock_{kind}_is_told_and_ended",
              status == 66 and happened(findings, "self-deadlock"),
              (status, findings))
    for kind in ("timed", "slow"):
        status, findings = run(lockval, hang, kind)
        check(f"{kind}_wait_is_no_deadlock",
              not happened(findings, "deadlock") and
              status == (66 if kind == "timed" else 0), (status, findings))
    status, findings = run(lockval, hang, "mutex", "--on-deadlock", "abort")
    check("abort_is_abort", status == 128 + 6 and
          happened(findings, "deadlock"), (status, findings))
    status, findings = run(lockval, hang, "mutex", "--on-deadlock", "exit")
    check("exit_is_66", status == 66 and happened(findings, "deadlock"),
          (status, findings))
    status, findings = run(lockval, hang, "lost", "--on-deadlock", "abort")
    check("abort_is_abort_beyond_locks", status == 128 + 6 and
          happened(findings, "deadlock"), (status, findings))
    watchdogs(lockval, hang)
    for kind, word in (("lost", True), ("silent", False)):
        with tempfile.TemporaryDirectory() as scratch:
            text = subprocess.run(
                [lockval, "run", "--record", scratch, "--", hang, kind],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=LIMIT).stderr
        check(f"signal_of_{kind}_is_{'' if word else 'not_'}told_as_lost",
              "waits for a signal of changed" in text and word ==
              ("whose last one came while nobody waited" in text), text)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
