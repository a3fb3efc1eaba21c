# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of harmlessness share: a program alone and watched, and rules
that hold or do not."""
import os
import subprocess

FAILED = []
SECONDS = 100


def check(rule, good, seen=""):
    print(("ok " if good else "NOT OK ") + rule + ("" if good else f": {seen}"),
          flush=True)
    if not good:
        FAILED.append(rule)


def skip(rule, why):
    print(f"skipped {rule}: {why}", flush=True)


def run(command, folder, environment=None, before=None):
    """Status, standard output, standard error."""
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="surrogateescape", timeout=SECONDS, check=False,
        preexec_fn=before, env=dict(os.environ, **(environment or {})))
    return done.returncode, done.stdout, done.stderr


def watched(lockval, command, folder, **how):
    return run([lockval, "run", "--record", os.path.join(folder, "r"), "--",
                *command], folder, **how)


def finish():
    return 1 if FAILED else 0
