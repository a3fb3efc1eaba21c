#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""coverage.py LOCKVAL FUTEX-ONLY BOUND-USER STATIC: `lockval coverage` says
what of a program was seen, and what could not be."""
import json
import os
import subprocess
import sys
import tempfile

FAILED = []


def check(rule, good, seen):
    print(("ok " if good else "NOT OK ") + rule + ("" if good else f": {seen}"))
    if not good:
        FAILED.append(rule)


def cover(lockval, command):
    """The coverage of a run, for programs and for people."""
    with tempfile.TemporaryDirectory() as scratch:
        record = os.path.join(scratch, "rec")
        subprocess.run([lockval, "run", "--record", record, "--", *command],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=60, check=False)
        told = [subprocess.run([lockval, "coverage", record, *form],
                               stdout=subprocess.PIPE, text=True, timeout=60,
                               check=True).stdout
                for form in (["--json"], [])]
    return json.loads(told[0]), told[1]


def module(cover_json, name):
    return next(m for m in cover_json["modules"]
                if os.path.basename(m["path"]) == name)


def main(lockval, futex_only, bound_user, static):
    seen, text = cover(lockval, [futex_only])
    mine = module(seen, "futex-only")
    check("futexes_of_its_own_are_told", mine["futex_calls"] >= 1
          and not mine["complete"] and "futex-only" in text.split("not seen")[1],
          mine)
    check("what_calls_no_lock_is_not_seen", mine["calls"] == [], mine)

    seen, text = cover(lockval, [bound_user])
    mine = module(seen, "bound-user")
    check("a_plain_program_is_seen", mine["calls"] == ["mutexes"]
          and mine["classes"] == 1 and mine["complete"], mine)
    check("plain_programs_raise_no_doubt",
          "bound-user " not in text.split("not seen")[1], text)
    library = module(seen, "libbound.so")
    check("calls_that_pass_by_are_told", library["bound"] == "g_mutex_lock"
          and not library["complete"], library)
    check("every_loaded_module_is_listed_of_its_process",
          any(m.endswith("libbound.so")
              for m in seen["processes"][0]["modules"]), seen["processes"])
    check("nothing_is_lost", set(seen["lost"].values()) == {0}, seen["lost"])

    seen, text = cover(lockval, ["/bin/sh", "-c", "exec " + static])
    check("an_exec_without_a_record_is_told",
          [p["became_unseen"] for p in seen["processes"]] == [True, True]
          and "became another program" in text, seen["processes"])
    seen, text = cover(lockval, ["/bin/sh", "-c", "exec " + bound_user])
    check("an_exec_with_a_record_is_not",
          not any(p["became_unseen"] for p in seen["processes"]),
          seen["processes"])
    done = subprocess.run([lockval, "coverage", "/nonexistent"],
                          stderr=subprocess.PIPE, check=False)
    check("no_record_is_a_failure", done.returncode == 99, done)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
