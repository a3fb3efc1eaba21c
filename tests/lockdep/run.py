#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""run: the kernel's lock self-test catalogue under the preloaded library.

    run.py LOCKVAL CATALOGUE AGREED [--unseen]

Plays each group in a process of its own (one thread, as the kernel does) and
looks in the report for findings whose locks are named after the case. A case
agrees if what the kernel's lockdep must tell is told, of whatever grade: one
thread alone is graded `single-thread` here and `bug` there; and if nothing is
told where lockdep is silent. What the kernel's ww_mutex tells by checks of its
own, beside lockdep, the test's model tells likewise (`ww`).

Prints a line per family and each case that does not agree. Fails if a family
agrees in fewer cases than the file AGREED says (FAMILY<tab>COUNT), or in other
families. With --unseen the library is not preloaded: fails unless every case
that is to be told, but for `ww`, is missed.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

CYCLES = {"inversion", "wait-inversion", "self-deadlock", "deadlock"}
# Families whose pseudo-locks carry no case's name: a process for each.
SHARED = {"reclaim": "fs_reclaim"}
Case = collections.namedtuple("Case", "group family name told")


def output(command):
    return subprocess.run(command, check=True, text=True, timeout=120,
                          stdout=subprocess.PIPE).stdout


def list_cases(catalogue):
    lines = output([catalogue, "--list"]).splitlines()
    return [Case(*line.split("\t")) for line in lines]


def play(lockval, catalogue, group):
    """The findings of a group, and the names of cases that ww objects to."""
    with tempfile.TemporaryDirectory() as scratch:
        record = str(pathlib.Path(scratch) / "record")
        ran = subprocess.run(
            [lockval, "run", "--record", record, "--format", "json", "--",
             catalogue, "--run", group],
            text=True, timeout=300, capture_output=True, check=False)
        if ran.returncode not in (0, 66):
            sys.exit(f"{group}: status {ran.returncode}\n{ran.stderr}")
        report = json.loads(output([lockval, "report", record,
                                    "--format", "json"]))
        objected = [line.split("\t")[1] for line in ran.stdout.splitlines()
                    if line.startswith("objected\t")]
    if report["stats"]["lost"]:
        sys.exit(f"{group}: something was lost")
    return report["findings"], objected


def play_bare(catalogue, group):
    lines = output([catalogue, "--run", group]).splitlines()
    return [], [line.split("\t")[1] for line in lines]


def kinds_told(case, findings, objected):
    """What was told of a case, cycles as `cycle`."""
    told = {"ww"} if case.name in objected else set()
    for finding in findings:
        names = [name.split(":")[0] for name in finding["locks"]]
        if case.name in names or SHARED.get(case.told) in names:
            kind = finding["kind"]
            told.add("cycle" if kind in CYCLES else kind)
    if case.told == "reclaim" and "cycle" in told:
        told.add("reclaim")
    return told


def why_not(case, told):
    """Empty if the case agrees."""
    if case.told == "silent":
        return f"told {', '.join(sorted(told))}" if told else ""
    if case.told in told:
        return ""
    return f"no {case.told} told" + (
        f", but {', '.join(sorted(told))}" if told else "")


def judge(cases, players):
    families = {}
    for case in cases:
        families.setdefault(case.family, []).append(case)
    played = {group: players(group) for group in
              dict.fromkeys(case.group for case in cases)}
    agreed = {}
    for family, members in families.items():
        reasons = [(case, why_not(case, kinds_told(case, *played[case.group])))
                   for case in members]
        agreed[family] = sum(not reason for _, reason in reasons)
        print(f"{family}: {agreed[family]} agree of {len(members)}")
        for case, reason in reasons:
            if reason:
                print(f"    {case.name}: {reason}")
    total = sum(agreed.values())
    print(f"in all: {total} agree of {len(cases)}")
    return agreed


def floors(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    return {family: int(count) for family, count in pairs}


def main(lockval, catalogue, agreed_file, *rest):
    cases = list_cases(catalogue)
    if rest == ("--unseen",):
        cases = [case for case in cases if case.told not in ("silent", "ww")]
        agreed = judge(cases, lambda name: play_bare(catalogue, name))
        return 1 if any(agreed.values()) or not cases else 0
    agreed = judge(cases, lambda name: play(lockval, catalogue, name))
    wanted = floors(agreed_file)
    fewer = [name for name, count in wanted.items()
             if agreed.get(name, 0) < count]
    for name in fewer:
        print(f"{name}: {agreed.get(name, 0)} agree, {wanted[name]} did before")
    unknown = set(agreed) - set(wanted)
    for name in unknown:
        print(f"{name}: not in {agreed_file}")
    return 1 if fewer or unknown else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
