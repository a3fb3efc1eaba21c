#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tally: add up what ran, and close with `N passed, N failed`.

Arguments: meson's JSON test logs (BUILD/meson-logs/X.json), and NAME=OK or
NAME=FAIL for checks that are not meson tests. A log that is missing or empty
is a failure: a suite that did not run has not passed. What a failed test said
of itself stands under its name. Exits 1 if anything failed or nothing ran.
"""
import json
import pathlib
import re
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SAID = re.compile(
    r"not ok|\[  FAILED  \]|\[  ERROR   \]|\[   LINE   \]|==\d+==ERROR|"
    r"WARNING: ThreadSanitizer|.*(runtime error:|\.c:\d+: error:)")


def what_it_said(test):
    """The lines that tell why: TAP's and cmocka's, or the last it wrote."""
    said = (test.get("stdout", "") + "\n" + test.get("stderr", "")).split("\n")
    chosen, reason = [], []
    for line in said:
        if line.startswith("#"):
            reason.append(line)
            continue
        if SAID.match(line):
            chosen += reason[-12:] + [line]
        reason = []
    return chosen or [line for line in said if line.strip()][-12:]


def read_log(path):
    """Triples of name, result, words from one log; a lost log is a failure."""
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log if line.strip()]
    except (OSError, ValueError) as error:
        return [(f"{path} ({error})", "LOST", [])]
    if not tests:
        return [(f"{path} (no test ran)", "LOST", [])]
    build = pathlib.Path(path).parent.parent.name
    return [(f"{test['name']} ({build})", test["result"], what_it_said(test))
            for test in tests]


def read_argument(argument):
    name, equals, result = argument.partition("=")
    return [(name, result, [])] if equals else read_log(argument)


def main(arguments):
    results = [one for a in arguments for one in read_argument(a)]
    passed = sum(result in PASSED for _, result, _ in results)
    skipped = sum(result == "SKIP" for _, result, _ in results)
    failed = len(results) - passed - skipped
    for name, result, said in results:
        if result not in PASSED:
            print(f"{result.lower()}: {name}")
            for line in said[-40:]:
                print(f"    {line[:300]}")
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
