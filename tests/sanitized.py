#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""sanitized: the command of a build with AddressSanitizer and UBSan, on what the
library of the plain build records.

    sanitized.py BUILD SANITIZED [TEST…]

A library that is sanitized itself cannot be preloaded, so that build's own
tests are those of units alone. Here its command lies in a folder that looks
like a build, beside links to the plain one's library and programs, and the
plain build's tests are given that command: those below, or those named. What
a sanitizer says goes to files: any fails this, whatever the test made of it.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

COMMAND = "tools/lockval"
TESTS = ["forms", "coverage", "rules_told", "names_are_text_everywhere",
         "lockval_order"]
FLAGS = "halt_on_error=1:allocator_may_return_null=1:print_stacktrace=1"


def looks_like_a_build(folder, build, sanitized):
    """The command that lies in it."""
    subprocess.run(["ninja", "-C", sanitized, COMMAND], check=True, timeout=600)
    (folder / "tools").mkdir()
    shutil.copy(sanitized / COMMAND, folder / "tools")
    for part in ("interpose", "examples", "tests"):
        (folder / part).symlink_to(build / part)
    return folder / COMMAND


def is_sanitized(command):
    told = subprocess.run(
        [command, "--version"], env={**os.environ, "ASAN_OPTIONS": "help=1"},
        check=False, capture_output=True, text=True, timeout=60)
    return "AddressSanitizer" in told.stderr


def tests_of(build, names):
    told = subprocess.run(["meson", "introspect", build, "--tests"], check=True,
                          capture_output=True, timeout=60)
    return [test for test in json.loads(told.stdout) if test["name"] in names]


def play(test, command, build, logs):
    """Why it failed, or None."""
    options = {f"{name}_OPTIONS": f"{FLAGS}:log_path={logs}/{name}"
               for name in ("ASAN", "UBSAN")}
    words = [str(command) if word == COMMAND else word for word in test["cmd"]]
    if str(command) not in words:
        return "it does not use the command"
    done = subprocess.run(
        words, cwd=build, env={**os.environ, **test["env"], **options},
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", timeout=600)
    said = "".join(log.read_text(errors="replace")
                   for log in sorted(logs.iterdir()))
    if done.returncode or said:
        return f"status {done.returncode}\n{done.stdout[-3000:]}\n{said[:6000]}"
    return None


def main(build, sanitized, *names):
    names = names or TESTS
    with tempfile.TemporaryDirectory(prefix="lockval-sanitized-") as place:
        folder = pathlib.Path(place)
        command = looks_like_a_build(folder, build, sanitized)
        tests = tests_of(build, names)
        missing = set(names) - {test["name"] for test in tests}
        failed = [f"{name}: there is no such test" for name in missing]
        if not is_sanitized(command):
            failed.append(f"{sanitized / COMMAND} has no AddressSanitizer")
        for number, test in enumerate(tests):
            logs = folder / f"logs{number}"
            logs.mkdir()
            why = play(test, command, build, logs)
            print(f"{'NOT OK' if why else 'ok'} {test['name']}", flush=True)
            failed += [f"{test['name']}: {why}"] if why else []
    print("\n".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(word).resolve() for word in sys.argv[1:3]),
                  *sys.argv[3:]))
