#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""suite: real programs, alone and preloaded, in a table.

    suite.py BUILD [--short | --list] [--soak SECONDS] [--times N] [NAME…]

A program is unchanged if status, streams and answers are the same both times.
A finding that fails is known by findings.tsv, with its reason, or it fails the
suite; so does a lost event, and a run in which the library did not live.
Programs that are not installed are skipped, and named at the end.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import drivers
import soak
import stage

HERE = pathlib.Path(__file__).parent
SKIPPED = 77
HINTS = {"class-inferred", "guarded", "ordered", "single-thread"}
COLUMNS = "{:<16} {:>12} {:>8} {:>7} {:>6} {:>6} {:>7} {:>7}  {:<22} {}"


def environment(build, record):
    """Of the program under test: the user's, less what others preload."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("LD_PRELOAD", "LOCKVAL_"))}
    env.update(LC_ALL="C.UTF-8")
    if record:
        env.update(LD_PRELOAD=str(build / "interpose/libvalidator.so"),
                   LOCKVAL_OPTIONS=f"quiet=yes:record={record}")
    return env


def perform(driver, env, load):
    with tempfile.TemporaryDirectory(prefix="lockval-real-") as folder:
        os.chmod(folder, 0o755)
        on = stage.Stage(folder, env, load)
        answer = driver(on)
        return on, (answer, on.seen)


def known_findings():
    """Rows of findings.tsv."""
    table = []
    for line in (HERE / "findings.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            table.append(line.split("\t"))
    return table


def words_of(finding):
    frames = [f["function"] or f["module"] or "" for d in
              finding["dependencies"] for f in d["held_at"] + d["wanted_at"]]
    return " ".join([finding["fingerprint"], *finding["locks"], *frames])


def known_as(table, program, finding):
    for row in table:
        if row[0] == program and row[1] == finding["kind"] and \
                re.search(row[2], words_of(finding)):
            return row[3]
    return None


def report(build, record):
    done = subprocess.run(
        [build / "tools/lockval", "report", record, "--format", "json"],
        check=False, timeout=300, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    if not done.stdout:
        raise RuntimeError(f"no report: {done.stderr.decode()}")
    return done.returncode, json.loads(done.stdout), done.stderr.decode()


def differences(alone, under):
    """The first thing that is not the same."""
    if alone[0] != under[0]:
        return f"answers: {alone[0]!r} became {under[0]!r}"
    for before, after in zip(alone[1], under[1]):
        if before[0] != after[0]:
            return f"status {before[0]} became {after[0]}: {after[2][-600:]}"
        for name, one, two in (("output", before[1], after[1]),
                               ("errors", before[2], after[2])):
            if one != two:
                gone = [x for x in one.splitlines() if x not in two][:3]
                come = [x for x in two.splitlines() if x not in one][:3]
                return f"{name}: {gone} became {come}"
    return None


def judge(name, native, preloaded, status, told, notes):
    """Verdict and what is bad of one program."""
    bad = []
    table = known_findings()
    change = differences(native[1], preloaded[1])
    if change:
        bad.append("changed: " + change)
    if told["stats"].get("lost"):
        bad.append(f"{told['stats']['lost']} events lost")
    if status == 99 and not bad:
        bad.append("the run ended 99: " + notes.strip()[-300:])
    if told["stats"]["acquisitions"] == 0:
        bad.append("no lock was seen")
    known = collections.Counter()
    for finding in told["findings"]:
        if finding["grade"] in HINTS or finding["suppressed"]:
            continue
        verdict = known_as(table, name, finding)
        known[verdict] += verdict is not None
        if verdict is None:
            bad.append(f"{finding['kind']} ({finding['grade']}) "
                       f"{finding['fingerprint']}: {finding['message'][:200]}")
    verdict = "unchanged" if not change else "CHANGED"
    verdict += "".join(f", {n} {word}" for word, n in known.items() if n)
    if bad:
        verdict += ", FAILS"
    return verdict, bad


def row_of(name, native, preloaded, told, verdict):
    grades = collections.Counter(f["grade"] for f in told["findings"])
    stats = told["stats"]
    statuses = [",".join(str(s[0]) for s in p[1][1]) or "-"
                for p in (native, preloaded)]
    return COLUMNS.format(
        name, stats["acquisitions"], stats["instances"], stats["threads"],
        statuses[0][:6], statuses[1][:6], f"{native[0].cpu:.2f}",
        f"{preloaded[0].cpu:.2f}",
        " ".join(f"{n} {g}" for g, n in sorted(grades.items())) or "none",
        verdict)


def compare(build, name, load, keep=None):
    driver = drivers.PROGRAMS[name]
    native = perform(driver, environment(build, None), load)
    with tempfile.TemporaryDirectory(prefix="lockval-record-") as record:
        os.chmod(record, 0o700)
        record = keep or record
        preloaded = perform(driver, environment(build, record), load)
        status, told, notes = report(build, record)
    verdict, bad = judge(name, native, preloaded, status, told, notes)
    print(row_of(name, native, preloaded, told, verdict), flush=True)
    return bad


def run_all(build, names, load=1, times=1, keep=None):
    print(COLUMNS.format("program", "acquisitions", "locks", "threads",
                         "alone", "under", "cpu", "cpu", "findings",
                         "verdict"), flush=True)
    failed, skipped = [], []
    for name in [n for n in names for _ in range(times)]:
        try:
            bad = compare(build, name, load, keep)
        except stage.Skip as skip:
            skipped.append(f"{name}: {skip}")
            continue
        except Exception as trouble:  # a driver must not hide the others
            bad = [f"{type(trouble).__name__}: {trouble}"]
            print(f"{name:<16} {bad[0][:300]}", flush=True)
        failed += [f"{name}: {b}" for b in bad]
    for line in skipped:
        print("skipped " + line)
    for line in failed:
        print("FAILS " + line)
    print(f"{len(names) - len(skipped)} programs, {len(skipped)} skipped, "
          f"{len(failed)} complaints")
    if skipped and len(skipped) == len(names):
        return SKIPPED
    return 1 if failed else 0


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("build", type=pathlib.Path)
    asked.add_argument("names", nargs="*")
    asked.add_argument("--short", action="store_true")
    asked.add_argument("--list", action="store_true")
    asked.add_argument("--soak", type=int, default=0)
    asked.add_argument("--times", type=int, default=1)
    asked.add_argument("--keep", type=pathlib.Path)
    args = asked.parse_args()
    build = args.build.resolve()
    names = args.names or (drivers.SHORT if args.short else
                           list(drivers.PROGRAMS))
    if args.list:
        print("\n".join(names))
        return 0
    if args.soak:
        return soak.soak(lambda record: environment(build, record),
                         lambda record: report(build, record), args.soak)
    return run_all(build, names, times=args.times, keep=args.keep)


if __name__ == "__main__":
    sys.exit(main())
