#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""every_time: no case depends on the luck of a schedule.

    every_time.py LOCKVAL TIMES SOURCE PROGRAM [SOURCE PROGRAM …]

Each case runs TIMES times, four at once on however many processors there are.
"""
import concurrent.futures
import pathlib
import subprocess
import sys

RUNNER = pathlib.Path(__file__).resolve().parent.parent / "run"


def case(lockval, source, program):
    result = subprocess.run([RUNNER, "--lockval", lockval, source, program],
                            text=True, check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    return result.stdout if result.returncode else ""


def main(lockval, times, *names):
    pairs = list(zip(names[::2], names[1::2])) * int(times)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda pair: case(lockval, *pair), pairs))
    wrong = [text for text in said if text]
    print("".join(wrong) or f"{len(pairs)} runs")
    return 1 if wrong or not pairs else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
