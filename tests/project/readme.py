#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""readme: the first screen of README.md is what the command really prints.

    readme.py ROOT BUILD          compare
    readme.py ROOT BUILD --write  put what it prints there

Left out of the comparison: frames outside the project, which depend on the
debug information of libc, and the process number.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)^```\n",
                   re.MULTILINE | re.DOTALL)
FRAME = re.compile(r"^ {8}\S+ +\S")


def run(command, root, build):
    """What a person sees: both outputs, without blank lines at the ends."""
    words = [re.sub("^build/", f"{build}/", w) for w in shlex.split(command)]
    with tempfile.TemporaryDirectory() as record:
        text = subprocess.run(
            words, cwd=root, text=True, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=os.environ | {"LOCKVAL_OPTIONS": f"record={record}"}).stdout
    return text.strip("\n") + "\n"


def same_everywhere(text):
    lines = [line.rstrip() for line in text.splitlines()
             if not FRAME.match(line) or "examples/" in line]
    return re.sub(r"process \d+$", "process N", "\n".join(lines),
                  flags=re.MULTILINE)


def main(root, build, mode="--check"):
    path = pathlib.Path(root, "README.md")
    text = path.read_text(encoding="utf-8")
    block = BLOCK.search(text)
    printed = run(block["command"], root, pathlib.Path(build).resolve())
    if mode == "--write":
        start, end = block.span("output")
        path.write_text(text[:start] + printed + text[end:], encoding="utf-8")
        return 0
    if same_everywhere(block["output"]) == same_everywhere(printed):
        return 0
    return (f"{block['command']} prints\n{printed}\nREADME.md says\n"
            f"{block['output']}\ntests/project/readme.py --write mends it")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
