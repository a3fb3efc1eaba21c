#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""told: what is said of a broken rule, and which rules hold.

    told.py LOCKVAL PROGRAM

Each test is a function named after the rule it proves; output is TAP.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position

LOCKVAL, PROGRAM = (pathlib.Path(word).resolve() for word in sys.argv[1:3])


def run(*command):
    """The finished run; one that hangs is killed with all its children."""
    words = [str(word) for word in command]
    with subprocess.Popen(words, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE,
                          start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError("hangs: " + " ".join(words)) from None
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def validate(folder, options, *words):
    """The finished run, and the findings by rule."""
    records, report = folder / "records", folder / "report"
    done = run(LOCKVAL, "run", "--record", records, "--format", "json",
               "-o", report, *options, "--", PROGRAM, *words)
    found = {}
    if report.exists():
        for finding in json.loads(report.read_text())["findings"]:
            assert finding["kind"] == "rule", finding
            assert finding["rule"] not in found, finding
            found[finding["rule"]] = finding
    return done, found


def functions(frames):
    return [frame["function"] for frame in frames]


def finding_says_all(folder):
    done, found = validate(folder, [], "bad")
    assert done.returncode == 66, done.stderr
    assert sorted(found) == ["R21", "R9"], found
    told = found["R9"]
    assert told["message"] == ("R9 change: needs vma:write & mm:write; "
                               "held: i_mmap_rwsem(R)"), told["message"]
    assert told["locks"] == ["vma_lock", "mmap_lock"], told
    assert told["missing"] == ["vma:write", "mm:write"], told
    assert told["held"] == ["i_mmap_rwsem(R)"], told
    assert told["operation"] == "change" and told["grade"] is None, told


def stacks_are_of_operation_and_loss(folder):
    _, found = validate(folder, [], "bad")
    told = found["R9"]
    place = functions(told["dependencies"][0]["wanted_at"])
    assert "misbehave" in place and "drop" not in place, place
    assert [lost["lock"] for lost in told["lost_at"]] == [
        "vma_lock", "mmap_lock"], told
    for lost in told["lost_at"]:
        assert "drop" in functions(lost["stack"]), lost


def role_that_is_not_given_is_missing(folder):
    _, found = validate(folder, [], "bad")
    assert found["R21"]["missing"] == ["pointer:held"], found
    assert found["R21"]["locks"] == ["pointer"], found
    assert found["R21"]["lost_at"] == [], found


def text_tells_the_same(folder):
    run(LOCKVAL, "run", "--record", folder / "records", "--", PROGRAM, "bad")
    done = run(LOCKVAL, "report", folder / "records")
    for part in ("rule: R9 change: needs vma:write & mm:write;",
                 "not met: vma:write, mm:write", "was lost at", "drop"):
        assert part in done.stdout, done.stdout


def kept_rules_are_silent(folder):
    done, found = validate(folder, [], "good")
    assert done.returncode == 0 and found == {}, done.stderr


def chosen_profile_holds(folder):
    done, found = validate(folder, ["--profile", "2021"], "bad")
    assert done.returncode == 66 and list(found) == ["R22"], found


def unknown_profile_fails(folder):
    done, _ = validate(folder, ["--profile", "2020"], "good")
    assert done.returncode == 99, done.stderr
    assert "no rule is in the profile 2020" in done.stderr, done.stderr


def rule_file_adds_rules(folder):
    path = folder / "more.rules"
    path.write_text("X1 change = !*i_mmap_rwsem:read\n")
    done, found = validate(folder, ["--rules", path], "bad")
    assert done.returncode == 66, done.stderr
    assert sorted(found) == ["R21", "R9", "X1"], found
    assert found["X1"]["locks"] == ["i_mmap_rwsem"], found
    assert found["X1"]["missing"] == ["!*i_mmap_rwsem:read"], found


def bad_rule_file_fails(folder):
    path = folder / "more.rules"
    path.write_text("X1 walk = mm:held\n  X2 walk mm:held\n")
    done, _ = validate(folder, ["--rules", path], "good")
    assert done.returncode == 99, done.stderr
    assert "more.rules, line 2, column 11: expected '='" in done.stderr
    done, _ = validate(folder, ["--rules", folder / "none"], "good")
    assert done.returncode == 99, done.stderr


def bad_text_of_a_program_fails(folder):
    done, _ = validate(folder, [], "text", "R1 change = vma")
    assert done.returncode == 99, done.stderr
    told = [line for line in done.stderr.splitlines() if "rules:" in line]
    assert told == ["lockval: rules: the program's, line 1, column 16: "
                    "expected ':' and a mode"], done.stderr


def report_judges_as_the_run_does(folder):
    validate(folder, [], "bad")
    done = run(LOCKVAL, "report", folder / "records", "--profile", "2021",
               "--format", "json")
    rules = [f["rule"] for f in json.loads(done.stdout)["findings"]]
    assert rules == ["R22"], rules


def preload_alone_tells_assertions(folder):
    library = run(LOCKVAL, "preload").stdout.strip()
    done = subprocess.run([PROGRAM, "assert"], text=True, capture_output=True,
                          check=False, timeout=60, cwd=folder,
                          env={"LD_PRELOAD": library})
    assert done.returncode == 0, done
    assert ("lockval: a lock that must be held is not: mmap_lock"
            in done.stderr), done.stderr


def deadlock_of_watched_locks_is_told_and_ended(folder):
    report = folder / "report"
    done = run(LOCKVAL, "run", "--record", folder / "records", "--format",
               "json", "-o", report, "--", PROGRAM, "hang")
    assert done.returncode == 66, done.stderr
    found = json.loads(report.read_text())["findings"]
    assert [(f["kind"], f["grade"]) for f in found] == [
        ("deadlock", "deadlock")], found


def forked_child_keeps_the_rules(folder):
    done, found = validate(folder, [], "fork")
    assert done.returncode == 66 and "R9" in found, done.stderr


def fingerprint_is_of_rule_and_place(folder):
    (folder / "1").mkdir()
    (folder / "2").mkdir()
    _, once = validate(folder / "1", [], "bad")
    _, again = validate(folder / "2", [], "fork")
    for rule in "R9", "R21":
        assert once[rule]["fingerprint"] == again[rule]["fingerprint"]
    assert once["R9"]["fingerprint"] != once["R21"]["fingerprint"]


TESTS = (finding_says_all, stacks_are_of_operation_and_loss,
         role_that_is_not_given_is_missing, text_tells_the_same,
         kept_rules_are_silent, chosen_profile_holds, unknown_profile_fails,
         rule_file_adds_rules, bad_rule_file_fails,
         bad_text_of_a_program_fails, report_judges_as_the_run_does,
         preload_alone_tells_assertions,
         deadlock_of_watched_locks_is_told_and_ended,
         forked_child_keeps_the_rules, fingerprint_is_of_rule_and_place)


if __name__ == "__main__":
    sys.exit(tap.play(TESTS, tap.in_folder))
