#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""compare: each benchmark alone and preloaded, by turns.

    compare.py BUILD [FILTER] [--json] [--rounds N]

A benchmark prints a JSON line per case, with `ns_per_pair` and what else tells
the case. A round runs it once alone and once preloaded, in alternating order,
so that a machine that slows down slows both. Shown are medians over the
rounds, and the ratio of the two.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

BENCHES = {"nest": "tests/bench/nest"}
MEASURE = "ns_per_pair"


def run(program, environment):
    """{case: nanoseconds} of one run."""
    text = subprocess.run([program], env=environment, check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    rows = [json.loads(line) for line in text.splitlines()]
    return {tuple((k, v) for k, v in row.items() if k != MEASURE): row[MEASURE]
            for row in rows}


def environments(build, record):
    """Without and with the library; records go where nobody looks."""
    alone = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    library = subprocess.run([build / "tools/lockval", "preload"], check=True,
                             text=True, stdout=subprocess.PIPE).stdout.strip()
    return alone, alone | {"LD_PRELOAD": library,
                           "LOCKVAL_OPTIONS": f"record={record}"}


def check_recorded(record):
    """A ratio of 1 because nothing was preloaded is no result."""
    if not list(pathlib.Path(record).rglob("*.lvr")):
        sys.exit("compare: the library left no record: it was not preloaded")


def measure(build, program, rounds):
    """{case: (samples alone, samples preloaded)}"""
    samples = {}
    with tempfile.TemporaryDirectory(prefix="lockval-bench-") as record:
        both = list(enumerate(environments(build, record)))
        for number in range(rounds):
            for which, environment in both if number % 2 == 0 else both[::-1]:
                for case, value in run(program, environment).items():
                    samples.setdefault(case, ([], []))[which].append(value)
        check_recorded(record)
    return samples


def summarise(samples):
    for case, (alone, preloaded) in samples.items():
        native, ours = statistics.median(alone), statistics.median(preloaded)
        yield dict(case) | {"native_ns": round(native, 2),
                            "preloaded_ns": round(ours, 2),
                            "ratio": round(ours / native, 3),
                            "rounds": len(alone)}


def show(rows):
    print(f"{'bench':<8}{'case':<12}{'native':>10}{'preloaded':>12}{'ratio':>8}")
    for row in rows:
        case = " ".join(f"{k} {v}" for k, v in row.items() if k not in (
            "bench", "native_ns", "preloaded_ns", "ratio", "rounds"))
        print(f"{row['bench']:<8}{case:<12}{row['native_ns']:>7.2f} ns"
              f"{row['preloaded_ns']:>9.2f} ns{row['ratio']:>8.2f}")


def main():
    parser = argparse.ArgumentParser(
        usage="tools/dev bench [FILTER] [--json] [--rounds N]")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("filter", nargs="?", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    chosen = [path for name, path in BENCHES.items() if given.filter in name]
    if not chosen:
        sys.exit(f"tools/dev: no benchmark '{given.filter}'; there are: "
                 + ", ".join(BENCHES))
    build = given.build.resolve()
    rows = [row for path in chosen for row in
            summarise(measure(build, build / path, given.rounds))]
    if given.json:
        print(json.dumps({"version": 1, "results": rows}, indent=1))
    else:
        show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
