#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""survive.py LOCKVAL LIBRARY SURVIVE: the validator neither kills nor hangs nor
accuses a program where files may not grow, nobody reads standard error, threads
wait long, children start their locks anew, semaphores have no owner, and stacks
are of the program's own making."""
import json
import os
import resource
import subprocess
import sys
import tempfile

FAILED = []


def check(rule, good, seen):
    print(("ok " if good else "NOT OK ") + rule + ("" if good else f": {seen}"))
    if not good:
        FAILED.append(rule)


def run(lockval, program, mode, limit=None):
    """Status and kinds of findings under `lockval run`."""
    def set_limit():
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [lockval, "run", "--record", os.path.join(scratch, "rec"),
             "--format", "json", "--", program, mode],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=set_limit, timeout=100)
        start = done.stderr.find("{")
        findings = json.JSONDecoder().raw_decode(done.stderr[start:])[0] \
            if start >= 0 else {"findings": []}
        return done.returncode, [f["kind"] for f in findings["findings"]]


def alone(library, program, mode, stderr, before=None):
    with tempfile.TemporaryDirectory() as scratch:
        child = subprocess.Popen(
            [program, mode], stdout=subprocess.DEVNULL, stderr=stderr,
            preexec_fn=before,
            env=dict(os.environ, LD_PRELOAD=library,
                     LOCKVAL_OPTIONS="record=" + os.path.join(scratch, "r")))
        try:
            return child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return None


def main(lockval, library, program):
    seen = run(lockval, program, "grow")
    check("record_grows", seen == (0, []), seen)
    seen = run(lockval, program, "grow", 100 * 1024)
    check("limit_on_files_costs_events_and_no_life", seen[0] == 99, seen)
    seen = run(lockval, program, "grow", 4096)
    check("limit_below_a_record_costs_no_life", seen[0] == 99, seen)

    seen = alone(library, program, "grow", subprocess.DEVNULL, lambda:
                 resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    check("files_that_may_not_be_written_cost_no_life", seen == 0, seen)

    reader, writer = os.pipe()
    os.close(reader)
    seen = alone(library, program, "abba", writer)
    check("stderr_without_a_reader_is_let_be", seen == 0, seen)
    os.close(writer)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    seen = alone(library, program, "abba", writer)
    check("full_stderr_is_not_waited_for", seen == 0, seen)

    for mode, rule in (
            ("crowd", "long_waits_read_no_dead_stack"),
            ("reinit", "child_may_start_its_locks_anew"),
            ("slot", "semaphore_outlives_who_took_it")):
        seen = run(lockval, program, mode)
        check(rule, seen == (0, []), seen)
    seen = run(lockval, program, "coroutine")
    check("end_of_a_wanderer_ends_no_foreign_lock",
          seen == (66, ["inversion"]), seen)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
