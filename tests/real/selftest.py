#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""selftest BUILD ABBA: the suite of real programs fails where it must: on a
program that behaves otherwise when preloaded, on one with a finding that nobody
looked into, on one whose locks are not seen, on one that shows nothing, as it ends
neither alone nor preloaded; and not on others. A part that times out alone is
told apart from what was compared."""
import argparse
import contextlib
import io
import pathlib
import sys

import drivers
import servers
import stage
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


def time_out(on):
    stage.SECONDS = 1
    on.run(["sleep", "60"])
    stage.SECONDS = 240


def never_ends(on):
    time_out(on)


def never_ends_in_part(on):
    time_out(on)
    steady(on)


def never_ends_preloaded(on):
    steady(on)
    if "LD_PRELOAD" in on.environment:
        time_out(on)
    else:
        on.run(["true"])


def does_less_preloaded(on):
    steady(on)
    if "LD_PRELOAD" not in on.environment:
        steady(on)


def runs_nothing(on):
    on.help(["true"])


def has_a_client_that_fails(on):
    steady(on)
    servers.together(lambda n: 1 // n, 2)


CASES = {steady: None, shows_the_preload: "changed: answers",
         ends_otherwise: "changed: status",
         complains_otherwise: "changed: errors", has_a_finding: "inversion",
         takes_no_lock: "no lock was seen",
         never_ends: "nothing was compared: all of it timed out alone",
         never_ends_in_part: None,
         never_ends_preloaded: "status 0 became late",
         does_less_preloaded: "changed: 2 commands became 1",
         runs_nothing: "no report",
         has_a_client_that_fails: "ZeroDivisionError"}
LATE = {never_ends: "timed out alone, FAILS",
        never_ends_in_part: "unchanged, 1 timed out alone"}


def outcome_of(build, driver):
    drivers.PROGRAMS[driver.__name__] = driver
    arguments = argparse.Namespace(load=1, seconds=0)
    outcomes, skipped = suite.run_all(build, [driver.__name__], arguments, None)
    return outcomes[driver.__name__], summary_of(outcomes, skipped)


def summary_of(outcomes, skipped):
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        suite.tell(outcomes, skipped)
    return "\n" + told.getvalue()


def complaint(driver, word, done, summary):
    """What the suite makes of this driver that it must not; or None."""
    late = "1 commands timed out alone" in summary
    if late != (driver in LATE) or late != ("\ntimed out alone" in summary):
        return "what timed out alone is not told as that: " + summary
    if late and done.cells[-1] != LATE[driver]:
        return f"its verdict is {done.cells[-1]}"
    if word is None:
        return done.bad or None
    return None if any(word in b for b in done.bad) else f"passes: {done.bad}"


def main(build):
    failed = 0
    for driver, word in CASES.items():
        wrong = complaint(driver, word, *outcome_of(build, driver))
        print(f"{'NOT OK' if wrong else 'ok'} {driver.__name__}: {wrong or ''}")
        failed += wrong is not None
    return 1 if failed else 0


abba = pathlib.Path(sys.argv[2]).resolve()
sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
