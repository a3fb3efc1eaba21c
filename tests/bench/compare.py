#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""compare: each benchmark alone, preloaded and under its peers, by turns.

    compare.py BUILD [FILTER] [--json] [--rounds N] [--no-peers]
    compare.py BUILD --count

A round runs a benchmark once in each way, in an order that turns round, so
that a machine that slows down slows all. Shown are medians over the rounds,
the ratio of preloaded to alone, and the budget of rows.py with what is over
it. Peers are those that are installed: ThreadSanitizer (the same program,
built with it), Helgrind, abseil's detector.

--count tells, instead, how many instructions one acquisition and release take,
by callgrind, which no noise can move; or, without it, by perf.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import count
import programs
from rows import ROWS


def environments(build, record):
    """Without and with the library; records go where nobody looks."""
    alone = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    library = subprocess.run([build / "tools/lockval", "preload"], check=True,
                             text=True, stdout=subprocess.PIPE).stdout.strip()
    return alone, alone | {"LD_PRELOAD": library,
                           "LOCKVAL_OPTIONS": f"record={record}"}


def run_printed(command, environment):
    """{case: value} of a benchmark that prints a JSON object per measure."""
    text = subprocess.run(command, env=environment, check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=900).stdout
    rows = [json.loads(line) for line in text.splitlines()]
    return {row["case"]: row.get("ns", row.get("bytes")) for row in rows}


def check_recorded(record):
    """A ratio of 1 because nothing was preloaded is no result."""
    if not list(pathlib.Path(record).rglob("*.lvr")):
        sys.exit("compare: the library left no record: it was not preloaded")


class Bench:
    """One program that is run, and the samples it gave: {way: {case: []}}."""

    def __init__(self, build, words):
        self.build, self.words, self.samples = build, words, {}

    def add(self, way, values):
        for case, value in values.items():
            self.samples.setdefault(way, {}).setdefault(case, []).append(value)

    def run_once(self, way, environment):
        name, *arguments = self.words
        if name in programs.RUN:
            self.add(way, {"": programs.RUN[name](environment)})
        else:
            self.add(way, run_printed(
                [self.build / "tests/bench" / name, *arguments], environment))

    def run(self, rounds):
        with tempfile.TemporaryDirectory(prefix="lockval-bench-") as record:
            alone, preloaded = environments(self.build, record)
            ways = [("native", alone), ("ours", preloaded)]
            for number in range(rounds):
                for way, environment in ways[::1 - number % 2 * 2]:
                    self.run_once(way, environment)
            check_recorded(record)

    def run_peer(self, way):
        """A peer once: it is slow, and no budget hangs on a tenth of it."""
        name, *arguments = self.words
        program = self.build / "tests/bench" / name
        commands = {"tsan": [f"{program}-tsan"],
                    "absl": [f"{program}-absl"],
                    "helgrind": ["valgrind", "-q", "--tool=helgrind", program]}
        command = commands[way]
        if way == "helgrind" and not count.installed("valgrind") or \
                way != "helgrind" and not pathlib.Path(command[0]).exists():
            return
        try:
            self.add(way, run_printed(command + arguments, dict(os.environ)))
        except (subprocess.SubprocessError, ValueError):
            print(f"compare: {way} failed at {' '.join(self.words)}",
                  file=sys.stderr)

    def median(self, way, case):
        samples = self.samples.get(way, {}).get(case)
        return statistics.median(samples) if samples else None


def result_of(row, bench):
    """What a row shows; None where its program is not installed."""
    native, ours = (bench.median(w, row.case) for w in ("native", "ours"))
    if native is None or ours is None:
        return None
    peers = {way: round(value, 2) for way in ("tsan", "absl", "helgrind")
             if (value := bench.median(way, row.case)) is not None}
    measured = row.measure(native, ours, peers)
    return {"row": row.name, "unit": row.unit,
            "native": round(native, 2), "preloaded": round(ours, 2),
            "ratio": round(ours / native, 3) if native else None,
            "peers": peers, "measured": measured and round(measured, 3),
            "budget": row.budget, "of": row.of,
            "within": None if measured is None else measured <= row.budget}


def show(results):
    print(f"{'workload':<34}{'native':>10}{'preloaded':>11}{'ratio':>8}"
          f"{'measured':>10}{'budget':>8}  of")
    for r in results:
        verdict = {True: "ok", False: "OVER", None: "?"}[r["within"]]
        peers = " ".join(f"{k} {v:g}" for k, v in r["peers"].items())
        print(f"{r['row']:<34}{r['native']:>10g}{r['preloaded']:>11g}"
              f"{r['ratio'] or 0:>8.2f}{r['measured'] or 0:>10.3g}"
              f"{r['budget']:>8g}  {r['of']}: {verdict}"
              f"{'   ' + peers if peers else ''}")


def main():
    parser = argparse.ArgumentParser(
        usage="tools/dev bench [FILTER] [--json] [--rounds N] [--no-peers]"
              " [--count]")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("filter", nargs="?", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--count", action="store_true")
    given = parser.parse_args()
    build = given.build.resolve()
    counted = count.count(build, environments) if given.count or \
        not given.filter else []
    chosen = [] if given.count else [
        r for r in ROWS if given.filter in r.name]
    if not chosen and not given.count:
        sys.exit(f"tools/dev: no benchmark '{given.filter}'; there are: "
                 + ", ".join(r.name for r in ROWS))
    benches, results = {}, []
    for row in chosen:
        if row.words not in benches:
            bench = benches[row.words] = Bench(build, row.words)
            if row.words[0] not in programs.RUN or \
                    programs.there(row.words[0]):
                bench.run(min(given.rounds, row.rounds))
        for way in () if given.no_peers else row.peers:
            if way not in benches[row.words].samples:
                benches[row.words].run_peer(way)
        result = result_of(row, benches[row.words])
        if result is None:
            print(f"compare: {row.name}: not installed", file=sys.stderr)
        else:
            results.append(result)
    if given.json:
        print(json.dumps({"version": 1, "results": results,
                          "instructions": counted}, indent=1))
        return 0
    if results:
        show(results)
    count.show(counted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
