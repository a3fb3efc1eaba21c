#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""scenarios: every scenario of the mm model is reported as `mm list` tells.

    scenarios.py LOCKVAL MM           under the validator: all agree
    scenarios.py --blind LOCKVAL MM   without it: no bug may pass

What `mm list` expects and what gates must be the same, both ways: each word
(scenario.h) is met by a finding or verdict, each finding that gates is told by
a word; the status is 66 for a bug and 0 else; a silent scenario also has no
verdict `refuted`, and lost nothing. Cycles are compared in order, from any
lock on. Guarded, ordered and single-thread cycles do not gate and are left out.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

GATES = (None, "deadlock", "inversion", "class")
CYCLES = ("inversion", "wait-inversion", "self-deadlock")
# The rules that the validator knows by itself, in the words of its reports.
BY_ITSELF = {"R26": "while another thread was writing it",
             "R27": "inside another write of it"}


def output(command):
    return subprocess.run(command, text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def rotations(locks):
    return [locks[i:] + locks[:i] for i in range(len(locks))] or [[]]


def meets(finding, word):
    """Is this finding what the word tells?"""
    kind, *rest = word.split(":")
    if finding["kind"] != kind:
        return False
    if kind in CYCLES:
        return rest[0].split(">") in rotations(finding["locks"])
    if re.fullmatch(r"[RS]\d+", rest[0]):
        rule = rest.pop(0)
        if kind == "rule" and finding.get("rule") != rule:
            return False
        if kind != "rule" and BY_ITSELF[rule] not in finding["message"]:
            return False
    elif finding.get("rule"):
        return False
    return all(lock in finding["locks"] for lock in rest)


def verdicts_differ(words, report):
    told = {tuple(word.split(":")) for word in words
            if word.startswith(("proved:", "refuted:"))}
    seen = {(entry["verdict"], entry["lock"]) for entry in report["exceptions"]}
    wrong = ["no exception is %s: %s" % verdict for verdict in told - seen]
    return wrong + ["refuted: " + lock for verdict, lock in seen - told
                    if verdict == "refuted"]


def judge(bug, words, status, report):
    """What is wrong, in lines."""
    findings = [finding for finding in report["findings"]
                if finding["grade"] in GATES and not finding["suppressed"]]
    words = [word for word in words if word != "silent"]
    wrong = verdicts_differ(words, report)
    words = [word for word in words if not word.startswith(("proved", "refuted"))]
    if status != (66 if bug else 0):
        wrong.append("status %s" % status)
    if report["stats"]["lost"]:
        wrong.append("lost %s" % report["stats"]["lost"])
    wrong += ["missing: " + word for word in words
              if not any(meets(finding, word) for finding in findings)]
    wrong += ["not expected: %s %s: %s" % (finding["kind"], finding["locks"],
                                           finding["message"])
              for finding in findings
              if not any(meets(finding, word) for word in words)]
    return wrong


def validated(lockval, mm, name):
    with tempfile.TemporaryDirectory() as record:
        run = output([lockval, "run", "--record", record, "--", mm, "run", name])
        report = json.loads(output(
            [lockval, "report", record, "--format", "json"]).stdout)
    return run.returncode, report


def unvalidated(lockval, mm, name):
    del lockval
    return output([mm, "run", name]).returncode, {
        "findings": [], "exceptions": [], "stats": {"lost": 0}}


def check(run, lockval, mm, line):
    name, kind, *words = line.split()
    status, report = run(lockval, mm, name)
    return name, kind == "bug", judge(kind == "bug", words, status, report)


def main(words):
    blind = words[0] == "--blind"
    lockval, mm = words[1:] if blind else words
    lines = output([mm, "list"]).stdout.splitlines()
    run = unvalidated if blind else validated
    failed = len(lines) < 45
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, bug, wrong in pool.map(
                lambda line: check(run, lockval, mm, line), lines):
            if blind:
                wrong = [] if wrong or not bug else ["passes unseen"]
            failed = failed or bool(wrong)
            print(("NOT OK " if wrong else "ok ") + name, *wrong,
                  sep="\n       ")
    print("%d scenarios" % len(lines))
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
