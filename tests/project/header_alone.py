#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""header_alone: each header compiles with nothing before it.

    header_alone.py ROOT CC CXX

What programs include must do so in C11 and C++17, pedantic and with the
warnings that careful projects turn on; our own headers in gnu11. Skipped (77)
if the compiler is not installed.
"""
import pathlib
import shutil
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Werror", "-fsyntax-only"]
C_WARNINGS = ["-Wmissing-prototypes", "-Wstrict-prototypes"]
SKIPPED = 77


def compiles(command, header, before=""):
    """Empty, or what the compiler says."""
    result = subprocess.run(command + ["-"], text=True, capture_output=True,
                            input=f'{before}#include "{header}"\n', check=False)
    return result.stderr if result.returncode else ""


def public_runs(cc, cxx):
    c11 = [cc, "-x", "c", "-std=c11", "-pedantic"] + WARNINGS + C_WARNINGS
    cxx17 = [cxx, "-x", "c++", "-std=c++17", "-pedantic"] + WARNINGS
    for command in (c11, cxx17):
        yield command, ""
        yield command, "#define LOCKVAL_DISABLE\n"


def check(root, cc, cxx):
    engine = root / "libvalidator"
    public = engine / "include"
    for header in sorted(public.rglob("*.h")):
        for command, before in public_runs(cc, cxx):
            yield header, compiles(command + [f"-I{public}"], header, before)
    gnu11 = [cc, "-x", "c", "-std=gnu11"] + WARNINGS + C_WARNINGS
    for header in sorted(engine.glob("*.h")):
        yield header, compiles(gnu11 + [f"-I{engine}"], header)


def main(root, cc, cxx):
    if not (shutil.which(cc) and shutil.which(cxx)):
        print(f"{cc} or {cxx} is not installed")
        return SKIPPED
    results = list(check(pathlib.Path(root).resolve(), cc, cxx))
    wrong = [f"{header}\n{said}" for header, said in results if said]
    print("\n".join(wrong) or f"{len(results)} compilations")
    return 1 if wrong or not results else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
