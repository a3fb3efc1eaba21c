#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally: add up what ran, and close with `N passed, N failed`.

Arguments: meson's JSON test logs (BUILD/meson-logs/X.json), and NAME=OK or
NAME=FAIL for checks that are not meson tests. A log that is missing or empty is a failure: a suite that did
not run has not passed. Exits 1 if anything failed or nothing ran.
"""
import json
import pathlib
import sys

PASSED = {"OK", "EXPECTEDFAIL"}


def read_log(path):
    """Pairs of (name, result) from one log; a lost log is one failure."""
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log if line.strip()]
    except (OSError, ValueError) as error:
        return [(f"{path} ({error})", "LOST")]
    if not tests:
        return [(f"{path} (no test ran)", "LOST")]
    build = pathlib.Path(path).parent.parent.name
    return [(f"{test['name']} ({build})", test["result"]) for test in tests]


def read_argument(argument):
    name, equals, result = argument.partition("=")
    return [(name, result)] if equals else read_log(argument)


def main(arguments):
    results = [pair for a in arguments for pair in read_argument(a)]
    passed = sum(result in PASSED for _, result in results)
    skipped = sum(result == "SKIP" for _, result in results)
    failed = len(results) - passed - skipped
    for name, result in results:
        if result not in PASSED:
            print(f"{result.lower()}: {name}")
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
