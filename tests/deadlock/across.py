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
             "--format", "json", "-o", report, "--", program, kind,
             os.path.join(scratch, "file")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=LIMIT)
        with open(report, encoding="utf-8") as file:
            return done, json.load(file)["findings"]


def ends(lockval, program, kind):
    done, findings = run(lockval, program, kind)
    good = (done.returncode == 66 and
            done.stderr.count("deadlocked with another and was ended") == 2 and
            [f["grade"] for f in findings] == ["inversion"])
    return good, (done, findings)


def main(lockval, program):
    good = True
    for rule, kind in (("processes_that_deadlock_are_ended", "hang"),
                       ("processes_that_flock_are_ended", "flock"),
                       ("processes_with_ranges_and_mutexes_are_ended", "mixed")):
        ended, seen = ends(lockval, program, kind)
        print(("ok " if ended else "NOT OK ") + rule, "" if ended else seen)
        good = good and ended
    done, findings = run(lockval, program, "slow")
    slow = done.returncode == 0 and not findings
    print(("ok" if slow else "NOT OK") + " process_that_waits_long_is_left_alone",
          "" if slow else (done, findings))
    return 0 if good and slow else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
