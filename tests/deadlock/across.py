#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""across.py LOCKVAL ACROSS: processes that wait for each other for ever are
ended and reported, others are left alone.

Bounded by a limit that a program which hangs would run into."""
import json
import os
import subprocess
import sys
import tempfile

LIMIT = 60


def run(lockval, program, kind):
    with tempfile.TemporaryDirectory() as scratch:
        report = os.path.join(scratch, "report.json")
        done = subprocess.run(
            [lockval, "run", "--record", os.path.join(scratch, "rec"),
             "--format", "json", "-o", report, "--", program, kind],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=LIMIT)
        with open(report, encoding="utf-8") as file:
            return done, json.load(file)["findings"]


def main(lockval, program):
    done, findings = run(lockval, program, "hang")
    hang = (done.returncode == 66 and
            done.stderr.count("deadlocked with another and was ended") == 2 and
            [f["grade"] for f in findings] == ["inversion"])
    print(("ok" if hang else "NOT OK") + " processes_that_deadlock_are_ended",
          "" if hang else (done, findings))
    done, findings = run(lockval, program, "slow")
    slow = done.returncode == 0 and not findings
    print(("ok" if slow else "NOT OK") + " process_that_waits_long_is_left_alone",
          "" if slow else (done, findings))
    return 0 if hang and slow else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
