#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""selftest BUILD ABBA: the suite of real programs fails where it must: on a
program that behaves otherwise when preloaded, on one with a finding that nobody
looked into, on one whose locks are not seen; and not on others."""
import pathlib
import sys

import drivers
import suite


def steady(on):
    return on.run([sys.executable, "-c", "import threading as t\n"
                   "x = t.Thread(target=print, args=[1]); x.start(); x.join()"])


def shows_the_preload(on):
    return on.run(["sh", "-c", "echo ${LD_PRELOAD:+seen}; exit 0"])


def ends_otherwise(on):
    return on.run([sys.executable, "-c", "import os, threading\n"
                   "os._exit(len(os.environ.get('LD_PRELOAD', '')) and 3)"],
                  kind="none")


def complains_otherwise(on):
    on.run(["sh", "-c", "echo $LD_PRELOAD >&2"])


def has_a_finding(on):
    return on.run([abba], kind="none")


def takes_no_lock(on):
    return on.run(["true"])


CASES = {steady: None, shows_the_preload: "changed: answers",
         ends_otherwise: "changed: status",
         complains_otherwise: "changed: errors", has_a_finding: "inversion",
         takes_no_lock: "no lock was seen"}


def main(build):
    failed = 0
    for driver, word in CASES.items():
        name = driver.__name__
        drivers.PROGRAMS[name] = driver
        bad = suite.compare(build, name).bad
        good = not bad if word is None else any(word in b for b in bad)
        print(f"{'ok' if good else 'NOT OK'} {name}: {bad}")
        failed += not good
    return 1 if failed else 0


abba = pathlib.Path(sys.argv[2]).resolve()
sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
