#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""demo_cycles: standard input is a JSON report that holds S1's two cycles,
each dependency with a function, a file and a line on both sides."""
import json
import sys

CYCLES = [
    {"i_mmap_rwsem", "vm_sequence"},
    {"i_mmap_rwsem", "vm_sequence", "fs_reclaim"},
]


def placed(frames):
    return any(f.get("function") and f.get("file") and f.get("line")
               for f in frames)


def main():
    findings = [f for f in json.load(sys.stdin)["findings"]
                if f["kind"] == "inversion"]
    found = [set(f["locks"]) for f in findings]
    if len(found) != len(CYCLES) or any(c not in found for c in CYCLES):
        return f"cycles: {found}"
    for finding in findings:
        for step in finding["dependencies"]:
            if not (placed(step["held_at"]) and placed(step["wanted_at"])):
                return f"{step['from']} -> {step['to']}: a stack says no line"
    return 0


if __name__ == "__main__":
    sys.exit(main())
