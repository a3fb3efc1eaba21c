#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""peers_table: the README's table is what tools/peers makes of the numbers that
are kept beside this file; and tools/peers tells a bug from its correct twin.

    peers_table.py ROOT BUILD
"""
import json
import pathlib
import subprocess
import sys
import tempfile

KEPT = pathlib.Path(__file__).resolve().parent / "peers.json"


def peers(root, *options):
    return subprocess.run([sys.executable, root / "tools" / "peers", *options],
                          text=True, check=True, stdout=subprocess.PIPE).stdout


def table_is_of_the_kept_numbers(root):
    page = (root / "README.md").read_text(encoding="utf-8")
    shown = page.split("<!-- peers -->\n")[1].split("<!-- /peers -->")[0]
    assert shown == peers(root, "--from", KEPT), "run: tools/peers --from " \
        "tests/project/peers.json --write"


def a_few_are_told_apart(root, build):
    with tempfile.TemporaryDirectory() as scratch:
        kept = pathlib.Path(scratch) / "numbers"
        peers(root, "--only", "abba,abba-ok,gate,gate-ok", "--seconds", "60",
              "--json", kept, build)
        numbers = json.loads(kept.read_text(encoding="utf-8"))
    told = {name: case[2] for name, case in numbers["cases"].items()}
    assert numbers["tools"][0] == "lockval", numbers["tools"]
    assert told == {"abba": True, "abba-ok": False,
                    "gate": True, "gate-ok": False}, told


def every_kept_case_is_there(root):
    numbers = json.loads(KEPT.read_text(encoding="utf-8"))
    bugs = root / "examples" / "bugs"
    gone = [name for name in numbers["cases"]
            if not list(bugs.glob(name + ".c*"))]
    assert not gone, gone
    assert len(numbers["cases"]) >= 70, len(numbers["cases"])


def main(root, build):
    table_is_of_the_kept_numbers(pathlib.Path(root))
    every_kept_case_is_there(pathlib.Path(root))
    a_few_are_told_apart(pathlib.Path(root), build)


if __name__ == "__main__":
    main(*sys.argv[1:])
