#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""annotation_cost: a program with annotations in it, and nothing preloaded.

    annotation_cost.py ROOT CC

It runs as it would without them, position independent or not, and needs no
library. What an annotation adds is one branch, not taken; with LOCKVAL_DISABLE
nothing at all. Instructions are read on x86-64 only.
"""
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

LINKS = {"pie": ["-fPIE", "-pie"], "no-pie": ["-fno-pie", "-no-pie"]}
DISABLE = ["-DLOCKVAL_DISABLE"]


def run(*command):
    return subprocess.run(command, check=True, text=True,
                          capture_output=True).stdout


def build(cc, root, out, flags):
    run(cc, "-std=c11", "-O2", "-fcf-protection=none", *flags,
        f"-I{root}/libvalidator/include",
        f"{root}/tests/project/annotated.c", "-o", out)
    return out


def body(program, function):
    """The mnemonics of a function up to its first return."""
    text = run("objdump", "-d", "--no-show-raw-insn",
               f"--disassemble={function}", program)
    names = re.findall(r"^\s+[0-9a-f]+:\s+([a-z][a-z0-9]*)", text, re.MULTILINE)
    return names[:names.index("ret") + 1]


def branches(instructions):
    return [name for name in instructions if name.startswith(("j", "call"))]


def uncalled(root):
    """Annotations that annotated.c leaves out."""
    header = (root / "libvalidator/include/lockval.h").read_text()
    program = (root / "tests/project/annotated.c").read_text()
    names = re.findall(r"^static inline \w+ (lockval_\w+)\(", header,
                       re.MULTILINE)
    return [name for name in names if name + "(" not in program]


def check(root, cc, folder):
    yield from (f"annotated.c does not call {n}" for n in uncalled(root))
    for link, flags in LINKS.items():
        plain = build(cc, root, f"{folder}/{link}-off", flags + DISABLE)
        program = build(cc, root, f"{folder}/{link}", flags)
        said = "held: 0\nfindings: 0\n"
        if run(program) != said or run(plain) != said:
            yield f"{link}: prints something else"
        if platform.machine() != "x86_64":
            continue
        if body(plain, "probe") != body(plain, "nothing"):
            yield f"{link}: LOCKVAL_DISABLE leaves {body(plain, 'probe')}"
        added = branches(body(program, "probe"))
        if len(added) != 1 or added[0].startswith(("call", "jmp")):
            yield f"{link}: adds more than a branch: {body(program, 'probe')}"


def main(root, cc):
    with tempfile.TemporaryDirectory() as folder:
        wrong = list(check(pathlib.Path(root).resolve(), cc, folder))
    print("\n".join(wrong) or "one branch")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
