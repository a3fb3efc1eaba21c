#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""kernel: the kernel's own lock self-test, against <lockval/lockdep.h>.

    kernel.py ROOT CC LIBRARY AGREE

Takes lib/locking-selftest.c out of Debian's package linux-source-6.1 into a
scratch directory, compiles it with shim/ in the place of the kernel's headers,
and runs it under the preloaded LIBRARY. It asks after each case whether lockdep
complained and prints ok or FAILED; this prints the same, and then each case
that FAILED, by its row and its number within the row.

Fails if fewer than AGREE cases are ok, if the shim met what it does not model,
or if as many are ok without the library. Where the package is not installed it
is installed with apt-get, by root or with a sudo that asks nothing; where that
cannot be, the test is skipped (exit 77). Nothing of the kernel's is kept.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PACKAGE = "linux-source-6.1"
SOURCE = pathlib.Path(f"/usr/src/{PACKAGE}.tar.xz")
SKIPPED = 77
FLAGS = ["-std=gnu11", "-g", "-O1", "-fno-strict-aliasing"]
CASE = re.compile(r"\b(ok|FAILED)\b\s*\|")


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(SKIPPED)


def apt_get(*arguments):
    command = ["apt-get", "-q", *arguments]
    if os.geteuid() != 0:
        command = ["sudo", "-n", *command]
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=700, check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    except subprocess.TimeoutExpired:
        skip(f"{' '.join(command)}: took too long")


def install():
    for tool in ["apt-get"] + ["sudo"] * (os.geteuid() != 0):
        if shutil.which(tool) is None:
            skip(f"{SOURCE} is missing, and there is no {tool}")
    install_it = ["install", "-y", "--no-install-recommends", PACKAGE]
    ran = apt_get(*install_it)
    if ran.returncode != 0:
        apt_get("update")
        ran = apt_get(*install_it)
    if ran.returncode != 0 or not SOURCE.exists():
        skip(f"{PACKAGE} cannot be installed:\n{ran.stdout}{ran.stderr}")


def extract(scratch):
    subprocess.run(["tar", "-xJf", SOURCE, "-C", scratch, "--wildcards",
                    "*/lib/locking-selftest*"], check=True, timeout=600)
    return next(scratch.glob("*/lib/locking-selftest.c"))


def build(root, compiler, source, scratch):
    """The kernel's file with its own warnings unseen, ours with all."""
    shim = root / "tests/lockdep/shim"
    flags = [*FLAGS, f"-I{shim}", f"-I{root}/libvalidator/include"]
    part, program = scratch / "selftest.o", scratch / "selftest"
    subprocess.run([compiler, *flags, "-w", "-c", source, "-o", part],
                   check=True, timeout=120)
    subprocess.run([compiler, *flags, "-Wall", "-Wextra", "-Werror",
                    shim / "shim.c", part, "-o", program, "-ldl"],
                   check=True, timeout=120)
    return program


def run(program, scratch, library=None):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("LD_PRELOAD", "LOCKVAL_"))}
    if library:
        environment["LD_PRELOAD"] = library
        environment["LOCKVAL_OPTIONS"] = f"quiet=yes:record={scratch}/record"
    ran = subprocess.run([program], cwd=scratch, env=environment, text=True,
                         capture_output=True, timeout=300, check=False)
    if ran.returncode != 0:
        sys.exit(f"{ran.stdout}\nstatus {ran.returncode}\n{ran.stderr}")
    return ran.stdout


def cases(printed):
    """(row and number, ok) of each case."""
    found = []
    for line in printed.splitlines():
        title, _, rest = line.partition(":")
        found += [(f"{title.strip()}, {number}", verdict == "ok") for
                  number, verdict in enumerate(CASE.findall(rest), 1)]
    return found


def main(root, compiler, library, agree):
    if not SOURCE.exists():
        install()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        program = build(pathlib.Path(root).resolve(), compiler,
                        extract(scratch), scratch)
        printed = run(program, scratch, os.path.abspath(library))
        alone = sum(ok for _, ok in cases(run(program, scratch)))
    print(printed)
    found = cases(printed)
    agreed = sum(ok for _, ok in found)
    print(f"{agreed} agree of {len(found)}; {alone} without the library")
    for name, ok in found:
        if not ok:
            print(f"    {name}")
    if alone >= agreed:
        print("as many agree without the library: it was not asked")
    if agreed < int(agree):
        print(f"{agree} agreed before")
    return 1 if agreed < int(agree) or alone >= agreed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
