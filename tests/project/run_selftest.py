#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""run_selftest: the case runner fails what must fail.

Programs are one-line shell scripts; the validator is a stand-in that runs the
program, ends with FAKE_STATUS and reports FAKE_REPORT.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUNNER = pathlib.Path(__file__).resolve().parent.parent / "run"

FAKE_LOCKVAL = f"""#!{sys.executable}
import os, subprocess, sys
if sys.argv[1] == "report":
    sys.exit(print(os.environ["FAKE_REPORT"]))
if sys.argv[1] == "gate":
    sys.exit(int(os.environ["FAKE_STATUS"]))
os.environ["UNDER_VALIDATOR"] = "1"
subprocess.run(sys.argv[sys.argv.index("--") + 1:])
sys.exit(int(os.environ["FAKE_STATUS"]))
"""

# Runs what comes after its settings, in which it sees the preload.
FAKE_EMULATOR = """#!/bin/sh
while [ "$1" = -E ]; do
    case $2 in LD_PRELOAD=*) export UNDER_VALIDATOR="$2" ;; esac
    shift 2
done
exec "$@"
"""

ABBA = {"kind": "inversion", "grade": "inversion", "locks": ["b", "a"]}
HINT = {"kind": "inversion", "grade": "guarded", "locks": ["c", "d"]}
MISUSE = {"kind": "exit-held", "grade": None, "locks": ["a"]}
BUG = "bug inversion inversion locks=a,b"


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("lockval", FAKE_LOCKVAL)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def run_case(self, expectation, findings, status=66, script="true",
                 report=None, stats=None, options=()):
        """(passed, what the runner printed)"""
        head = f"/* SPDX */\n/* x: y.\n * {expectation} */\nint x;\n"
        source = self.write("case.c", head)
        program = self.write("program", f"#!/bin/sh\n{script}\n")
        stats = {"acquisitions": 4, "lost": 0} | (stats or {})
        if report is None:
            report = json.dumps({"findings": findings, "stats": stats})
        environment = os.environ | {"FAKE_REPORT": report,
                                    "FAKE_STATUS": str(status)}
        result = subprocess.run(
            [RUNNER, "--lockval", self.folder / "lockval", "--seconds", "2",
             *options, source, program], env=environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return result.returncode == 0, result.stdout

    def passes(self, *arguments, **options):
        passed, said = self.run_case(*arguments, **options)
        self.assertTrue(passed, said)

    def fails(self, why, *arguments, **options):
        passed, said = self.run_case(*arguments, **options)
        self.assertFalse(passed, said)
        self.assertIn(why, said)


class Expectations(Case):
    def test_reported_bug_passes(self):
        self.passes(f"lockval: {BUG}", [ABBA])

    def test_hint_beside_bug_passes(self):
        self.passes(f"lockval: {BUG}", [HINT, ABBA])

    def test_two_bugs_want_two_lines(self):
        self.fails("reported as well", f"lockval: {BUG}", [ABBA, MISUSE])
        self.passes(f"lockval: {BUG}\n * lockval: bug exit-held",
                    [ABBA, MISUSE])

    def test_same_finding_serves_one_line(self):
        self.fails("not reported", f"lockval: {BUG}\n * lockval: {BUG}", [ABBA])

    def test_wrong_kind_fails(self):
        self.fails("not reported", "lockval: bug relock", [ABBA])

    def test_wrong_grade_fails(self):
        self.fails("not reported", "lockval: bug inversion class", [ABBA])

    def test_wrong_names_fail(self):
        self.fails("not reported", "lockval: bug inversion locks=a,c", [ABBA])
        self.fails("not reported", "lockval: bug inversion locks=a,b,b", [ABBA])

    def test_names_match_in_cycle_order(self):
        three = ABBA | {"locks": ["a", "b", "c"]}
        self.passes("lockval: bug inversion locks=b,c,a", [three])
        self.fails("not reported", "lockval: bug inversion locks=a,c,b",
                   [three])

    def test_patterns_and_counts_of_names(self):
        ring = ABBA | {"locks": ["ring[1]", "ring[2]", "x"]}
        self.passes("lockval: bug inversion locks=ring*{2},x", [ring])
        self.fails("not reported", "lockval: bug inversion locks=ring*{3}",
                   [ring])

    def test_nothing_gates_where_ok(self):
        self.passes("lockval: ok", [], status=0)
        self.passes("lockval: ok", [HINT], status=0)
        self.fails("reported: ", "lockval: ok", [ABBA], status=66)

    def test_silent_allows_no_hint(self):
        self.passes("lockval: ok silent", [], status=0)
        self.fails("not silent", "lockval: ok silent", [HINT], status=0)

    def test_hint_must_be_told(self):
        self.passes("lockval: ok guarded", [HINT], status=0)
        self.fails("no hint", "lockval: ok ordered", [HINT], status=0)

    def test_missing_expectation_fails(self):
        self.fails("no `lockval:` line", "nothing here", [], status=0)

    def test_unclear_expectation_fails(self):
        for line in ("lockval: bug", "lockval: okay", "lockval: ok gaurded",
                     "lockval: bug a b c"):
            self.fails("unclear", line, [], status=0)
        self.fails("both", f"lockval: {BUG}\n * lockval: ok", [ABBA])


class Programs(Case):
    def test_hanging_program_is_killed_and_fails(self):
        self.fails("hangs", "lockval: ok", [], status=0, script="sleep 1000")

    def test_hanging_under_the_validator_fails(self):
        self.fails("hangs", "lockval: ok", [], status=0,
                   script='test -z "$UNDER_VALIDATOR" || sleep 1000')

    def test_crashing_program_fails(self):
        self.fails("alone: status -11", f"lockval: {BUG}", [ABBA],
                   script="kill -SEGV $$")

    def test_failing_program_fails(self):
        self.fails("alone: status 1", "lockval: ok", [], script="exit 1")

    def test_other_output_fails(self):
        self.fails("prints", "lockval: ok", [], status=0,
                   script='echo "$UNDER_VALIDATOR"')


class Emulated(Case):
    def run_case(self, *arguments, **options):
        emulator = self.write("emulator", FAKE_EMULATOR)
        return super().run_case(
            *arguments, **options,
            options=["--emulator", str(emulator), "--library", "lib.so"])

    def test_gate_of_the_record_decides(self):
        self.passes(f"lockval: {BUG}", [ABBA])
        self.fails("status 0", f"lockval: {BUG}", [ABBA], status=0)
        self.fails("status 99", "lockval: ok", [], status=99)

    def test_program_that_fails_under_the_library_fails(self):
        self.fails("status 3", f"lockval: {BUG}", [ABBA],
                   script='test "$UNDER_VALIDATOR" != LD_PRELOAD=lib.so ||'
                          ' exit 3')

    def test_other_output_fails(self):
        self.fails("prints", "lockval: ok", [], status=0,
                   script='echo "$UNDER_VALIDATOR"')


class Reports(Case):
    def test_bug_that_does_not_gate_fails(self):
        self.fails("status 0", f"lockval: {BUG}", [ABBA], status=0)

    def test_ok_that_does_not_end_well_fails(self):
        self.fails("status 99", "lockval: ok", [], status=99)

    def test_suppressed_finding_is_no_report(self):
        quiet = ABBA | {"suppressed": {"by": "x", "reason": "y"}}
        self.fails("not reported", f"lockval: {BUG}", [quiet])

    def test_damaged_report_fails(self):
        self.fails("no JSON", f"lockval: {BUG}", [], report="{")
        self.fails("findings", f"lockval: {BUG}", [], report="{}")

    def test_lost_events_fail(self):
        self.fails("lost", "lockval: ok", [], status=0, stats={"lost": 3})

    def test_record_without_locks_fails(self):
        self.fails("holds no lock", "lockval: ok", [], status=0,
                   stats={"acquisitions": 0})


if __name__ == "__main__":
    unittest.main()
