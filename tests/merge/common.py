# SPDX-License-Identifier: BSD-2-Clause
"""common: what the tests of databases in files and on servers share. Of both
scripts, the first three arguments are LOCKVAL TWO MAKE."""
import pathlib
import subprocess
import sys

LOCKVAL, TWO, MAKE = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
TABLES = ("run", "class", "frame", "stack", "dependency", "seen", "gate",
          "witness", "finding", "found", "exception", "excepted")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True,
                          capture_output=True, check=False, timeout=200,
                          **options)


def lockval(status, *arguments):
    """Status 66 and 0 are common; a wrong one shows all that was said."""
    done = run(LOCKVAL, *arguments)
    assert done.returncode == status, (
        f"status {done.returncode}, wanted {status}\n{done.stdout}{done.stderr}")
    return done


def make(folder, first, count, dependencies=20, programs=2):
    folder.mkdir(exist_ok=True)
    done = run(MAKE, folder, first, count, dependencies, programs)
    assert done.returncode == 0, done.stderr
    return folder
