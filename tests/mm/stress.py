#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""stress: every kind of thread at once, on the correct model, under the
validator: no finding, no raw write refuted, nothing lost, sound data.

    tests/mm/stress.py LOCKVAL MM PROFILE SECONDS
"""
import json
import subprocess
import sys
import tempfile

lockval, mm, profile, seconds = sys.argv[1:]
with tempfile.TemporaryDirectory() as record:
    run = subprocess.run(
        [lockval, "run", "--record", record, "--", mm, "stress", "--seconds",
         seconds, "--profile", profile], text=True, timeout=int(seconds) * 4 + 60,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    report = json.loads(subprocess.run(
        [lockval, "report", record, "--format", "json"], check=True,
        stdout=subprocess.PIPE, timeout=120).stdout)

wrong = []
if run.returncode != 0:
    wrong.append("status %d" % run.returncode)
if not run.stdout.splitlines() or "invariants hold" not in run.stdout:
    wrong.append("invariants do not hold")
wrong += ["finding: " + finding["message"] for finding in report["findings"]]
wrong += ["refuted: " + entry["lock"] for entry in report["exceptions"]
          if entry["verdict"] == "refuted"]
if report["stats"]["lost"]:
    wrong.append("lost %s events" % report["stats"]["lost"])
if report["stats"]["threads"] < 9 or report["stats"]["acquisitions"] < 10000:
    wrong.append("hardly anything ran: %s" % report["stats"])
if wrong:
    print(run.stdout[-4000:])
print("\n".join(wrong) or run.stdout.splitlines()[-1])
sys.exit(bool(wrong))
