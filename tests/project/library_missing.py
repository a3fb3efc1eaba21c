#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""library_missing: every test of a bug fails when nothing validates.

    library_missing.py LOCKVAL SOURCE PROGRAM [SOURCE PROGRAM …]

Two ways in which nothing does: the tool without libvalidator.so beside it, and
a stand-in that runs the program and reports, in good form, nothing at all.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

RUNNER = pathlib.Path(__file__).resolve().parent.parent / "run"

BLIND = f"""#!{sys.executable}
import subprocess, sys
if sys.argv[1] == "report":
    print('{{"findings": [], "stats": {{"acquisitions": 4, "lost": 0}}}}')
    sys.exit(0)
command = sys.argv[sys.argv.index("--") + 1:]
sys.exit(subprocess.run(command).returncode)
"""


def orphan(lockval, folder):
    """The tool alone in a folder, where it finds no library."""
    path = folder / "bin" / "lockval"
    path.parent.mkdir()
    shutil.copy(lockval, path)
    os.environ.pop("LOCKVAL_PRELOAD", None)
    return path


def blind(folder):
    path = folder / "blind"
    path.write_text(BLIND, encoding="utf-8")
    path.chmod(0o755)
    return path


def case(lockval, source, program):
    """What is wrong: the case passed, or failed before it was validated."""
    result = subprocess.run([RUNNER, "--lockval", lockval, source, program],
                            text=True, check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    if result.returncode == 0:
        return f"passes with {lockval.name}: {source}"
    if "alone:" in result.stdout or "hangs" in result.stdout:
        return result.stdout
    return None


def main(lockval, *names):
    pairs = list(zip(names[::2], names[1::2]))
    if not pairs:
        return "no bug given"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        tools = [orphan(lockval, folder), blind(folder)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(case, tool, source, program)
                    for tool in tools for source, program in pairs]
            wrong = [w for w in (job.result() for job in jobs) if w]
    print(f"{len(pairs)} bugs, {len(tools)} ways to see nothing")
    return "\n".join(wrong) or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
