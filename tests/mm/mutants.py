#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""mutants: one-line mistakes in the mm model, each found by the validator.

    tests/mm/mutants.py BUILD SOURCE LOCKVAL

The scenarios show that the validator reports what a bug of theirs is; this,
that it is the code which is checked, and not the scenario: correct scenarios,
a line of the model changed, the finding that must come. A mutant is one file
compiled anew and linked before the model's library. How it ends otherwise (in a
crash, stuck) does not matter: the record is there.
"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile

BUILD, SOURCE, LOCKVAL = (os.path.abspath(word) for word in sys.argv[1:])
MM = os.path.join(SOURCE, "examples", "mm")

# File, what stands there once, what instead, the run, what must be found: a
# rule, a kind, or KIND:LOCK>LOCK.
MUTANTS = [
    ("mmap.c", "        vma_start_write(vma);\n        if (next != NULL)",
     "        if (next != NULL)", "s0.ok-split", "R3"),
    ("mmap.c", "_unlocked)\n            vma_start_write(vma);",
     "_unlocked)\n            (void)vma;", "s3.ok", "R13"),
    ("mmap.c", "        vma_start_write(insert);", "        (void)insert;",
     "s0.ok-split", "R13"),
    ("mmap.c", "    unlink_anon_vmas(vma);\n    unlink_file_vma",
     "    unlink_file_vma", "s4.ok-a", "R18"),
    ("mmap.c", "    unlink_anon_vmas(vma);\n    unlink_file_vma(vma);",
     "    unlink_anon_vmas(vma);", "s4.ok-khugepaged", "R18"),
    ("mmap.c", "        anon_vma_lock_write(anon_vma);", "        (void)0;",
     "s0.ok-split", "R3"),
    ("mmap.c", "mapping != NULL && !variant.range_changes_linked", "false",
     "s0.ok-split", "R3"),
    ("mmap.c", "(!calm && !variant.downgrade_anyway)", "false", "s4.ok-grows",
     "R20"),
    ("mmap.c", "if (!variant.fixed_takes_dead)", "if (false)", "s2.sol3.ok",
     "S2"),
    ("mremap.c", "        vma_start_write(vma);", "        (void)vma;",
     "s0.ok-move", "R23"),
    ("mremap.c", "        anon_vma_lock_write(anon_vma);", "        (void)0;",
     "s0.ok-move", "R23"),
    ("mremap.c", "if (variant.move_ends_early) {", "if (true) {",
     "s1.raw-both", "R29"),
    ("mprotect.c", "        vma_start_write(vma);", "        (void)vma;",
     "s3.ok-mprotect", "R4"),
    ("vma.c", "        vma_start_write(vma);", "        (void)vma;", "s3.ok",
     "R13"),
    ("vma_lock.c", "    rcu_read_lock();", "", "s3.ok", "R10"),
    ("memory.c", "&& mmap_read_trylock(mm);", "&& (mmap_read_lock(mm), true);",
     "s3.ok", "R11"),
    ("memory.c", "        vm_write_end(vma);", "        (void)vma;",
     "s1.ok-irqs-off", "exit-held"),
    ("userfaultfd.c", "vma == NULL || variant.uffd_unchecked", "true",
     "s3.ok", "R5"),
    ("rmap.c", "if (variant.clone_reclaims)", "if (true)", "s0.ok-reclaim",
     "inversion:anon_vma>fs_reclaim"),
    ("rmap.c", "vma_is_at_rest(vma, variant.rmap_reader_waits)",
     "vma_is_at_rest(vma, true)", "s1.raw-both", "refuted"),
    ("spf.c", "if (!variant.spf_spins_on_ptl)", "if (false)",
     "s1.ok-irqs-off", "R24"),
    ("spf.c", "if (variant.spf_waits_for_writer)", "if (true)",
     "s1.ok-irqs-off", "wait-inversion:irqs_off>vm_sequence"),
    ("gup.c", "        local_irq_disable();", "        (void)0;", "s4.ok-c",
     "R22"),
    ("damon.c", "    mmap_read_lock(mm);\n    vma = find_vma",
     "    vma = find_vma", "s4.ok-a", "R15"),
    ("damon.c", "    vma_end_read(vma);", "", "s4.ok-a-vma", "exit-held"),
    ("khugepaged.c", "if (variant.retract_without_sync)", "if (true)",
     "s4.ok-khugepaged", "R21"),
    ("dead.c", "if (variant.erases_by_range)", "if (true)",
     "s2.sol3.ok-replaced", "S2"),
    ("proc_maps.c", "        range_is_frozen(entry->vma);", "        (void)0;",
     "s2.maps.ok", "S2"),
    ("filemap.c", "    up_write(&inode->i_rwsem);", "", "s1.raw-both",
     "exit-held"),
]


def command_of(path):
    with open(os.path.join(BUILD, "compile_commands.json")) as file:
        for entry in json.load(file):
            found = os.path.join(entry["directory"], entry["file"])
            if os.path.realpath(found) == os.path.realpath(path):
                return shlex.split(entry["command"]), entry["directory"]
    raise SystemExit("no compile command for " + path)


def compile_mutant(name, old, new, directory):
    """None, or what is wrong."""
    path = os.path.join(MM, name)
    with open(path) as file:
        text = file.read()
    if text.count(old) != 1:
        return "the line stands there %d times" % text.count(old)
    mutated = os.path.join(directory, name)
    with open(mutated, "w") as file:
        file.write(text.replace(old, new))
    words, where = command_of(path)
    words[words.index("-o") + 1] = os.path.join(directory, "mutant.o")
    words[words.index("-c") + 1] = mutated
    words += ["-I" + MM, "-Wno-error"]
    built = subprocess.run(words, cwd=where, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=60)
    return built.stdout if built.returncode else None


def link(directory):
    """As ninja links the model, with one object more."""
    commands = subprocess.run(
        ["ninja", "-C", BUILD, "-t", "commands", "examples/mm/mm"], check=True,
        stdout=subprocess.PIPE, text=True, timeout=60).stdout
    words = shlex.split(commands.splitlines()[-1])
    words[words.index("-o") + 1] = os.path.join(directory, "mm")
    words.insert(words.index("-o"), os.path.join(directory, "mutant.o"))
    return subprocess.run(words, cwd=BUILD, timeout=60).returncode


def is_found(report, expected):
    kind, _, locks = expected.partition(":")
    if kind == "refuted":
        return any(entry["verdict"] == kind for entry in report["exceptions"])
    for finding in report["findings"]:
        if kind not in (finding["kind"], finding.get("rule")):
            continue
        if not locks or sorted(locks.split(">")) == sorted(finding["locks"]):
            return True
    return False


def findings(report):
    return ", ".join(finding.get("rule") or finding["kind"]
                     for finding in report["findings"]) or "nothing"


def run(program, scenario, directory):
    record = os.path.join(directory, "record")
    try:
        subprocess.run([LOCKVAL, "run", "--record", record, "--", program,
                        "run", scenario], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=30)
    except subprocess.TimeoutExpired:
        pass # stuck, as some must be
    return json.loads(subprocess.run(
        [LOCKVAL, "report", record, "--format", "json"], timeout=60,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def survives(mutant):
    """What is wrong with it, or None."""
    name, old, new, scenario, expected = mutant
    with tempfile.TemporaryDirectory() as directory:
        wrong = compile_mutant(name, old, new, directory)
        if wrong:
            return wrong
        if link(directory):
            return "does not link"
        report = run(os.path.join(directory, "mm"), scenario, directory)
    if is_found(report, expected):
        return None
    return "%s: %s expected, found: %s" % (scenario, expected, findings(report))


def clean_scenarios_find(expected_of):
    """The same runs of the model as it is must find none of it."""
    wrong = []
    program = os.path.join(BUILD, "examples", "mm", "mm")
    for scenario in sorted(expected_of):
        with tempfile.TemporaryDirectory() as directory:
            report = run(program, scenario, directory)
        wrong += ["%s finds %s as it is" % (scenario, expected)
                  for expected in sorted(expected_of[scenario])
                  if is_found(report, expected)]
    return wrong


expected_of = {}
for entry in MUTANTS:
    expected_of.setdefault(entry[3], set()).add(entry[4])
failed = clean_scenarios_find(expected_of)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for entry, wrong in zip(MUTANTS, pool.map(survives, MUTANTS)):
        title = "%s: %s" % (entry[0], entry[1].strip().splitlines()[0])
        print("ok" if wrong is None else "NOT OK", title,
              "" if wrong is None else "(%s)" % wrong.strip())
        failed += [title] if wrong else []
print("%d mutants, %d failures" % (len(MUTANTS), len(failed)))
print("\n".join(failed))
sys.exit(bool(failed))
