#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""suite: real programs, alone and preloaded, in a table.

    suite.py BUILD [--short | --list] [--soak SECONDS] [--repeat N]
             [--seconds S] [--fetch] [--write FILE] [--keep DIR] [NAME…]

A program is unchanged if status, streams and answers are the same both times.
A finding that fails is known by findings.tsv, with its reason, or it fails the
suite; so does a lost event, and a run in which the library did not live.
Programs that are not installed are skipped, and named at the end; so is each
command that does not end in time alone, which shows nothing of the preload: a
program that did nothing else fails. With --repeat all of it runs N times, and
the findings must be the same each time. With --keep the records of run N stay
in DIR/N.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import drivers
import soak
import stage
import suites

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parent.parent / "CONTRIBUTING.md"
SKIPPED = 77
HINTS = {"class-inferred", "guarded", "ordered", "single-thread"}
HEADS = ["program", "acquisitions", "locks", "threads", "alone", "under",
         "cpu alone", "cpu under", "findings", "verdict"]
COLUMNS = "{:<16} {:>12} {:>7} {:>7} {:>6} {:>6} {:>9} {:>9}  {:<22} {}"
BEGIN, END = "<!-- real programs -->\n", "<!-- end of real programs -->\n"

# What one program did: alone and preloaded, and what was found.
# `late` are the commands that timed out alone, of which nothing is known.
Outcome = collections.namedtuple("Outcome", "name cells bad found late")


def environment(build, record):
    """Of the program under test: the user's, less what others preload."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("LD_PRELOAD", "LOCKVAL_"))}
    env.update(LC_ALL="C.UTF-8")
    if record:
        env.update(LD_PRELOAD=str(build / "interpose/libvalidator.so"),
                   LOCKVAL_OPTIONS=f"quiet=yes:record={record}")
    return env


# ---- one program ------------------------------------------------------------

class Performance:
    """What rounds of a driver came to: CPU time, answers and streams."""

    def __init__(self):
        self.cpu, self.answers, self.seen, self.rounds = 0.0, [], [], 0

    def add(self, driver, env, load):
        with tempfile.TemporaryDirectory(prefix="lockval-real-") as folder:
            os.chmod(folder, 0o755)
            on = stage.Stage(folder, dict(env), load)
            try:
                self.answers.append(driver(on))
            finally:
                on.close()
        self.cpu += on.cpu
        self.seen += on.seen
        self.rounds += 1

    def statuses(self):
        many = collections.Counter(str(s[0]) for s in self.seen)
        many.pop(stage.LATE, None)
        late = [stage.LATE] if self.late() else []
        return ",".join(sorted(many, key=int) + late) or "-"

    def late(self):
        """The commands that did not end in time, each once."""
        return sorted({s[3] for s in self.seen if s[0] == stage.LATE})


def perform(driver, env, load, seconds=0, rounds=1):
    """At least so many rounds, and as fill the seconds."""
    done = Performance()
    begin = time.monotonic()
    while done.rounds < rounds or time.monotonic() < begin + seconds:
        done.add(driver, env, load)
    return done


def report(build, record):
    done = subprocess.run(
        [build / "tools/lockval", "report", record, "--format", "json"],
        check=False, timeout=300, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    if not done.stdout:
        raise RuntimeError(f"no report: {done.stderr.decode()}")
    return done.returncode, json.loads(done.stdout), done.stderr.decode()


def differences(alone, under):
    """The first thing that is not the same. What timed out alone says nothing
    of what it would have done, nor do answers made of it."""
    if alone.answers != under.answers and not alone.late():
        return f"answers: {alone.answers!r:.600} became {under.answers!r:.600}"
    if len(alone.seen) != len(under.seen):
        return f"{len(alone.seen)} commands became {len(under.seen)}"
    for before, after in zip(alone.seen, under.seen):
        if before[0] == stage.LATE:
            continue
        if before[0] != after[0]:
            return (f"status {before[0]} became {after[0]}, of "
                    f"{after[3][-200:]}: {after[2][-600:]}")
        for name, one, two in (("output", before[1], after[1]),
                               ("errors", before[2], after[2])):
            if one != two:
                gone = [x for x in one.splitlines() if x not in two][:3]
                come = [x for x in two.splitlines() if x not in one][:3]
                return (f"{name}: {gone} became {come}, of "
                        f"{after[3][-200:]}")
    return None


# ---- its findings -----------------------------------------------------------

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
    return " ".join([finding["fingerprint"], *finding["locks"],
                     finding["message"], *frames])


def known_as(table, program, finding):
    for row in table:
        if row[0] == program and row[1] == finding["kind"] and \
                re.search(row[2], words_of(finding)):
            return row[3]
    return None


def is_hint(finding):
    return finding["grade"] in HINTS or finding["suppressed"]


def judge(name, native, preloaded, status, told, notes):
    """Verdict and what is bad of one program."""
    bad = []
    table = known_findings()
    late = native.late()
    change = differences(native, preloaded)
    compared = any(seen[0] != stage.LATE for seen in native.seen)
    if not compared:
        bad.append("nothing was compared: all of it timed out alone")
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
        verdict = known_as(table, name, finding)
        known[verdict] += verdict is not None and not is_hint(finding)
        if verdict is None and not is_hint(finding):
            bad.append(f"{finding['kind']} ({finding['grade']}) "
                       f"{finding['fingerprint']}: {finding['message'][:200]}")
    verdict = "timed out alone" if not compared else \
        "CHANGED" if change else "unchanged"
    if late and compared:
        verdict += f", {len(late)} timed out alone"
    verdict += "".join(f", {n} {word}" for word, n in known.items() if n)
    if bad:
        verdict += ", FAILS"
    return verdict, bad


def cells_of(name, native, preloaded, told, verdict):
    grades = collections.Counter(
        f["grade"] or f["kind"] for f in told["findings"])
    stats = told["stats"]
    return [name, stats["acquisitions"], stats["instances"], stats["threads"],
            native.statuses(), preloaded.statuses(), f"{native.cpu:.2f}",
            f"{preloaded.cpu:.2f}",
            ", ".join(f"{n} {g}" for g, n in sorted(grades.items())) or "none",
            verdict]


def compare(build, name, load=1, seconds=0, keep=None):
    driver = drivers.PROGRAMS[name]
    native = perform(driver, environment(build, None), load, seconds)
    with tempfile.TemporaryDirectory(prefix="lockval-record-") as record:
        os.chmod(record, 0o700)
        if keep:
            keep.mkdir(mode=0o700, parents=True, exist_ok=True)
            record = keep / name
        preloaded = perform(driver, environment(build, record), load,
                            rounds=native.rounds)
        status, told, notes = report(build, record)
    verdict, bad = judge(name, native, preloaded, status, told, notes)
    found = {(f["kind"], f["grade"], f["fingerprint"], is_hint(f))
             for f in told["findings"]}
    return Outcome(name, cells_of(name, native, preloaded, told, verdict), bad,
                   found, native.late())


# ---- all of them ------------------------------------------------------------

def run_all(build, names, args, keep):
    """Outcomes by name; what was skipped."""
    print(COLUMNS.format(*HEADS), flush=True)
    outcomes, skipped = {}, []
    for name in names:
        try:
            done = compare(build, name, args.load, args.seconds, keep)
            print(COLUMNS.format(*done.cells), flush=True)
        except stage.Skip as skip:
            skipped.append(f"{name}: {skip}")
            continue
        except Exception as trouble:  # a driver must not hide the others
            bad = f"{type(trouble).__name__}: {trouble}"
            done = Outcome(name, None, [bad], set(), [])
            print(f"{name:<16} {bad[:300]}", flush=True)
        outcomes[name] = done
    return outcomes, skipped


def tell(outcomes, skipped):
    """How many complaints."""
    failed = [f"{o.name}: {b}" for o in outcomes.values() for b in o.bad]
    for line in skipped:
        print("skipped " + line)
    late = [f"{o.name}: {line}" for o in outcomes.values() for line in o.late]
    for line in late:
        print("timed out alone " + line)
    for line in failed:
        print("FAILS " + line)
    print(f"{len(outcomes)} programs, {len(skipped)} skipped, "
          f"{len(late)} commands timed out alone, "
          f"{len(failed)} complaints", flush=True)
    return len(failed)


def same_findings(runs):
    """Whether all runs found the same. Hints may come and go: they are told."""
    same = True
    for name in runs[0]:
        found = [run[name].found for run in runs]
        for finding in sorted(set.union(*found) - set.intersection(*found)):
            kind, grade, fingerprint, hint = finding
            seen = sum(finding in f for f in found)
            print(f"{'hint' if hint else 'DIFFERS'} {name}: {kind} ({grade}) "
                  f"{fingerprint} in {seen} of {len(runs)} runs")
            same &= hint
    failing = sum(not f[3] for o in runs[0].values() for f in o.found)
    if same:
        print(f"the same {failing} findings in {len(runs)} runs of "
              f"{len(runs[0])} programs", flush=True)
    return same


def write_table(path, outcomes):
    """The table, between two marks of a document; what did not run stays."""
    head, rest = path.read_text(encoding="utf-8").split(BEGIN)
    old, tail = rest.split(END)
    rows = {line.split("|")[1].strip(): line for line in old.splitlines()
            if line.startswith("| ")}
    for o in outcomes.values():
        if o.cells:
            rows[o.name] = "| " + " | ".join(str(c) for c in o.cells) + " |"
    lines = ["| " + " | ".join(HEADS) + " |", "|---" * len(HEADS) + "|"]
    lines += [rows[name] for name in drivers.PROGRAMS if name in rows]
    path.write_text(head + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END +
                    tail, encoding="utf-8")


def arguments():
    asked = argparse.ArgumentParser()
    asked.add_argument("build", type=pathlib.Path)
    asked.add_argument("names", nargs="*", default=[])
    asked.add_argument("--short", action="store_true")
    asked.add_argument("--list", action="store_true")
    asked.add_argument("--soak", type=int, nargs="?", const=3600, default=0)
    asked.add_argument("--repeat", type=int, default=1)
    asked.add_argument("--seconds", type=float, default=0)
    asked.add_argument("--load", type=int, default=1)
    asked.add_argument("--fetch", action="store_true")
    asked.add_argument("--write", type=pathlib.Path, nargs="?", const=PAGE)
    asked.add_argument("--keep", type=pathlib.Path)
    return asked.parse_intermixed_args()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers end
    args = arguments()
    build = args.build.resolve()
    names = args.names or (drivers.SHORT if args.short else
                           list(drivers.PROGRAMS))
    if args.list:
        print("\n".join(names))
        return 0
    if args.fetch:
        suites.fetch_all(names)
    if args.soak:
        return soak.soak(lambda record: environment(build, record),
                         lambda record: report(build, record), args.soak,
                         args.names or list(soak.LOADS))
    runs, complaints = [], 0
    for number in range(args.repeat):
        keep = args.keep and args.keep / str(number + 1)
        outcomes, skipped = run_all(build, names, args, keep)
        complaints += tell(outcomes, skipped)
        runs.append(outcomes)
    if skipped and not outcomes:
        return SKIPPED
    if args.write:
        write_table(args.write, runs[-1])
    same = len(runs) == 1 or same_findings(runs)
    return 0 if same and not complaints else 1


if __name__ == "__main__":
    sys.exit(main())
