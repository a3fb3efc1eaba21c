#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""order: what `lockval order` writes and finds, with whole programs.

    order.py LOCKVAL NEST MM MM.ORDER

Each test is a function named after the rule it proves; output is TAP.
"""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

LOCKVAL, NEST, MM, MM_ORDER = (pathlib.Path(word).resolve()
                                for word in sys.argv[1:5])

SUGGESTED = """\
# The lock order that was observed; each pair with a place that shows it.
# Check: lockval order check FILE PATH…

# a, then b: take, by nest, by main; then take, by nest, by main
# b, then c: take, by nest, by main; then take, by nest, by main
a < b < c

# b, then d: take, by nest, by main; then take, by nest, by main
b < d

# Nothing was waited for inside these.
leaf: c, d

same-class e: by address

same-class f: nested
"""


def run(*command):
    return subprocess.run([str(word) for word in command], text=True,
                          capture_output=True, check=False, timeout=60)


def record(folder, *program):
    done = run(LOCKVAL, "run", "--record", folder, "--fail-on", "none", "--",
               *program)
    assert done.returncode == 0, done.stderr
    return folder


def suggest(records):
    done = run(LOCKVAL, "order", "suggest", records)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check(folder, text, records, *options):
    path = folder / "declared.order"
    path.write_text(text, encoding="utf-8")
    return run(LOCKVAL, "order", "check", path, records, *options)


def without_inlining(text):
    """Callers of `take` differ where the compiler inlined it."""
    return "\n".join(line for line in text.splitlines()
                     if not line.startswith("# ") or ":" not in line)


def suggestion_is_reduced_and_stable(folder):
    first = suggest(record(folder / "1", NEST))
    again = suggest(record(folder / "2", NEST))
    assert first == again, again
    assert without_inlining(first) == without_inlining(SUGGESTED), first
    assert "# a, then b: " in first, first


def suggestion_holds_for_what_it_came_from(folder):
    records = record(folder / "1", NEST)
    done = check(folder, suggest(records), records)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "never seen" not in done.stdout, done.stdout


def first_step_against_the_order_fails(folder):
    records = record(folder / "1", NEST, "wrong")
    done = run(LOCKVAL, "order", "check", MM_ORDER, records, "--format",
               "json")
    assert done.returncode == 66, done.stderr
    found = json.loads(done.stdout)["findings"]
    assert [(f["kind"], f["locks"]) for f in found] == [
        ("order", ["i_mmap_rwsem", "mmap_lock"])], found
    step = found[0]["dependencies"][0]
    for side in "held_at", "wanted_at":
        assert any(frame["function"] == "wrong_way" for frame in step[side])


def no_cycle_is_needed(folder):
    records = record(folder / "1", NEST, "wrong")
    done = run(LOCKVAL, "report", records, "--format", "json")
    assert json.loads(done.stdout)["findings"] == [], done.stdout


def right_way_round_passes(folder):
    done = run(LOCKVAL, "order", "check", MM_ORDER,
               record(folder / "1", NEST))
    assert done.returncode == 0, done.stdout
    assert "mmap_lock < fs_reclaim" in done.stdout, done.stdout


def order_follows_through_others(folder):
    records = record(folder / "1", NEST)
    done = check(folder, "c < b < a\n", records)
    assert done.returncode == 66, done.stdout
    for pair in "b is waited for while a", "c is waited for while a":
        assert pair in done.stdout, done.stdout


def a_leaf_is_the_end(folder):
    records = record(folder / "1", NEST)
    assert check(folder, "leaf: c, d\n", records).returncode == 0
    done = check(folder, "leaf: b\n", records)
    assert done.returncode == 66 and "b is a leaf" in done.stdout, done.stdout


def same_class_nests_as_declared(folder):
    records = record(folder / "1", NEST)
    for text, status in (("same-class e: by address\n", 0),
                         ("same-class e: nested\n", 66),
                         ("same-class f: nested\n", 0),
                         ("same-class f: by address\n", 66)):
        done = check(folder, text, records)
        assert done.returncode == status, text + done.stdout


def what_was_never_seen_is_told(folder):
    records = record(folder / "1", NEST)
    done = check(folder, "# two\na < b\nb < a_stranger\n", records)
    assert done.returncode == 0, done.stderr
    assert "b < a_stranger  (declared.order:3)" in done.stdout, done.stdout
    assert "a < b  (" not in done.stdout, done.stdout


def bad_files_are_refused(folder):
    records = record(folder / "1", NEST)
    for text, line, reason in (
            ("a\n", 1, "expected '<'"),
            ("a < b\n\nb < a\n", 3, "comes later"),
            ("a < b < c\nc < a\n", 2, "comes later"),
            ("a < a\n", 1, "before itself"),
            ("a < b\nleaf: a\n", 2, "after it"),
            ("leaf: a\na < b\n", 2, "is a leaf"),
            ("a < \"b\n", 1, "quote has no end"),
            ("a << b\n", 1, "expected the name"),
            ("same-class a: by chance\n", 1, "by address"),
            ("a < b c\n", 1, "end of the line")):
        done = check(folder, text, records)
        assert done.returncode == 99, text
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert f"declared.order:{line}: " in done.stderr, done.stderr
        assert reason in done.stderr, done.stderr


def missing_files_are_refused(folder):
    records = record(folder / "1", NEST)
    for words in (["check", folder / "none", records], ["check", MM_ORDER],
                  ["check", MM_ORDER, folder / "none"], ["suggest"], ["x", "y"]):
        assert run(LOCKVAL, "order", *words).returncode == 99, words


def names_may_be_quoted(folder):
    records = record(folder / "1", NEST)
    done = check(folder, "\"b\" < \"a\" # why\n", records)
    assert done.returncode == 66, done.stderr


def correct_scenarios_keep_mm_order(folder):
    lines = run(MM, "list").stdout.splitlines()
    correct = [line.split()[0] for line in lines if line.split()[1] == "ok"]
    assert correct, lines
    for scenario in correct:
        records = record(folder / scenario, MM, "run", scenario)
        done = run(LOCKVAL, "order", "check", MM_ORDER, records)
        assert done.returncode == 0, scenario + done.stdout


TESTS = (suggestion_is_reduced_and_stable,
         suggestion_holds_for_what_it_came_from,
         first_step_against_the_order_fails, no_cycle_is_needed,
         right_way_round_passes, order_follows_through_others,
         a_leaf_is_the_end, same_class_nests_as_declared,
         what_was_never_seen_is_told, bad_files_are_refused,
         missing_files_are_refused, names_may_be_quoted,
         correct_scenarios_keep_mm_order)


if __name__ == "__main__":
    sys.exit(tap.play(TESTS, tap.in_folder))
