#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""merge: what databases of lock orders hold and find, with whole programs.

    merge.py LOCKVAL TWO MAKE SHARED [RULE]

Each test is a function named after the rule it proves; output is TAP.
"""
import hashlib
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position
from common import (  # noqa: E402  pylint: disable=wrong-import-position
    LOCKVAL, TABLES, TWO, lockval, make, run)

SHARED = pathlib.Path(sys.argv[4]).resolve()


def refused(*arguments, said):
    """Status 99, and one line that says why."""
    done = lockval(99, *arguments)
    assert said in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done


def record(folder, test, *paths, program=TWO):
    """Each is green by itself."""
    lockval(0, "run", "--record", folder, "--test", test, "--", program, *paths)
    return folder


def merge(database, *paths):
    lockval(0, "merge", "-o", database, *paths)
    return database


def report(*paths):
    return json.loads(lockval(0, "report", *paths, "--format", "json").stdout)


def findings(*paths):
    return report(*paths)["findings"]


def dump(database):
    """Every row of every table."""
    with sqlite3.connect(f"file:{database}?mode=rw", uri=True) as base:
        return {table: sorted(base.execute(f"SELECT * FROM {table}"))
                for table in TABLES}


# ---- what is merged

def one_record_merges_as_its_directory_does(folder):
    seen = record(folder / "one", "takes a first", "ab")
    (file,) = seen.glob("*.lvr")
    assert dump(merge(folder / "file.db", file)) == \
        dump(merge(folder / "folder.db", seen))
    assert dump(folder / "file.db")["dependency"]


# ---- circles across runs

def halves_of_two_tests_close_when_merged(folder):
    one = record(folder / "one", "takes a first", "ab")
    two = record(folder / "two", "takes b first", "ba")
    for alone in (one, two):
        lockval(0, "gate", alone)
        lockval(0, "gate", merge(folder / f"{alone.name}.db", alone))
    base = merge(folder / "all.db", one, two)
    done = lockval(66, "gate", base)
    assert "takes a first" in done.stdout and "takes b first" in done.stdout
    (found,) = findings(base)
    assert (found["kind"], found["grade"]) == ("inversion", "class"), found
    assert found["locks"] == ["a", "b"]
    assert found["tests"] == ["takes a first", "takes b first"]
    for step, test in zip(found["dependencies"], found["tests"]):
        assert step["test"] == test
        assert step["held_at"][0]["file"].endswith("two.c"), step
        assert step["wanted_at"][0]["line"] is not None, step


def one_order_in_two_tests_is_silent(folder):
    records = record(folder / "r", "one", "ab")
    record(records, "two", "ab", "bc")
    base = merge(folder / "all.db", records)
    lockval(0, "gate", base)
    assert findings(base) == [] == findings(records)


def report_of_a_directory_finds_what_merge_finds(folder):
    records = record(folder / "r", "one", "ab", "gc")
    record(records, "two", "bc")
    record(records, "three", "ca", "cg")
    lockval(66, "gate", records)
    base = merge(folder / "all.db", records)
    here, there = findings(records), findings(base)
    assert [f["fingerprint"] for f in here] == [f["fingerprint"] for f in there]
    assert [f["grade"] for f in here] == ["class", "class"], here
    assert sorted(len(f["locks"]) for f in here) == [2, 3]
    assert max((f["tests"] for f in here), key=len) == ["one", "two", "three"]


def records_and_databases_are_united_for_a_report(folder):
    one = merge(folder / "one.db", record(folder / "one", "one", "ab"))
    two = record(folder / "two", "two", "ba")
    (found,) = findings(one, two)
    assert found["tests"] == ["one", "two"]
    lockval(66, "gate", one, two)


def gate_in_every_run_guards(folder):
    records = record(folder / "r", "one", "gab")
    record(records, "two", "gba")
    base = merge(folder / "all.db", records)
    lockval(0, "gate", base)
    lockval(0, "gate", records)
    (found,) = findings(base)
    assert found["grade"] == "guarded", found
    assert found["dependencies"][0]["gates"] == ["g"]


def gate_in_one_run_alone_does_not_guard(folder):
    records = record(folder / "r", "one", "gab")
    record(records, "two", "ba")
    base = merge(folder / "all.db", records)
    lockval(66, "gate", base)
    assert [f["grade"] for f in findings(base)] == ["class"]


def different_gates_do_not_guard(folder):
    records = record(folder / "r", "one", "gab")
    record(records, "two", "hba")
    assert [f["grade"] for f in findings(records)] == ["class"]
    assert [f["grade"] for f in findings(merge(folder / "a.db", records))] == [
        "class"]


def unguarded_run_among_guarded_ones_counts(folder):
    records = record(folder / "r", "t0", "gba")
    for i in range(1, 12):
        record(records, f"t{i}", "gab")
    base = merge(folder / "all.db", records)
    lockval(0, "gate", base)
    record(records, "last", "ab")  # b, then a is always under g: no help
    lockval(66, "gate", merge(base, records))


def declared_classes_gate_and_inferred_ones_do_not(folder):
    declared = record(folder / "declared", "one", "de")
    record(declared, "two", "ed")
    inferred = record(folder / "inferred", "one", "mn")
    record(inferred, "two", "nm")
    for records, grade, status in ((declared, "class", 66),
                                   (inferred, "class-inferred", 0)):
        base = merge(folder / f"{records.name}.db", records)
        assert [f["grade"] for f in findings(base)] == [grade]
        lockval(status, "gate", base)
        lockval(status, "gate", records)


def what_one_run_shows_whole_is_judged_there(folder):
    records = record(folder / "r", "both", "ab", "ba")  # joined between
    record(records, "half", "ab")
    base = merge(folder / "all.db", records)
    lockval(0, "gate", base)
    assert [f["grade"] for f in findings(base)] == ["ordered"]


def readers_do_not_close_a_circle_across_runs(folder):
    readers = record(folder / "readers", "one", "rs")
    record(readers, "two", "sr")
    assert findings(merge(folder / "readers.db", readers)) == []
    writers = record(folder / "writers", "one", "rS")
    record(writers, "two", "sR")
    assert [f["grade"] for f in findings(merge(folder / "writers.db",
                                               writers))] == ["class"]


def copy_of_a_program_has_the_same_locks(folder):
    copy = folder / "copy"
    shutil.copy(TWO, copy)
    records = record(folder / "r", "one", "ab")
    record(records, "two", "ba", program=copy)
    lockval(66, "gate", merge(folder / "all.db", records))
    lockval(66, "gate", records)


def share(folder, *runs):
    """Each run alone makes or finds the locks in the file; a database each."""
    return [merge(folder / f"{i}.db", record(folder / f"{i}", f"test {i}", *run,
                                             program=SHARED))
            for i, run in enumerate(runs)]


def lock_in_a_file_is_one_in_all_runs(folder):
    base = merge(folder / "all.db", *share(
        folder, (folder / "file", "xy"), (folder / "file", "yx")))
    lockval(66, "gate", base)
    (found,) = findings(base)
    assert (found["kind"], found["grade"]) == ("inversion", "class"), found
    assert all(str(folder / "file") + "+0x" in name
               for name in found["locks"]), found
    (folder / "second").mkdir()
    other = merge(folder / "other.db", *share(
        folder / "second", (folder / "file", "xy"), (folder / "else", "yx")))
    lockval(0, "gate", other)
    assert not findings(other)


def named_semaphore_is_one_in_all_runs(folder):
    name = f"/lockval-{os.getpid()}"
    names = [pathlib.Path(f"/dev/shm/sem.{name[1:]}-{which}")
             for which in "uv"]
    try:
        base = merge(folder / "all.db", *share(
            folder, (name, "uv"), (name, "vu")))
    finally:
        for path in names:
            path.unlink(missing_ok=True)
    lockval(66, "gate", base)
    (found,) = findings(base)
    assert found["kind"] == "wait-inversion", found
    assert sorted(found["locks"]) == [f"{path}+0x0" for path in names], found


def deleted_file_is_found_by_nobody(folder):
    base = merge(folder / "all.db", *share(
        folder, (folder / "file", "-xy"), (folder / "file", "-yx")))
    lockval(0, "gate", base)


# ---- union

def merging_is_a_union(folder):
    """Associative, commutative, idempotent: whatever way, the same rows."""
    parts = [make(folder / "p0", 0, 9), make(folder / "p1", 9, 9),
             record(folder / "p2", "x", "ab", "gba", "mn")]
    record(parts[2], "y", "ba", "rS")
    make(parts[1], 20, 12)  # more witnesses than are kept
    whole = dump(merge(folder / "whole.db", *parts))
    assert all(whole[table] for table in TABLES[:9]), whole
    for i, order in enumerate(itertools.permutations(parts)):
        base = folder / f"order{i}.db"
        for part in order:
            merge(base, part)
        assert dump(base) == whole, order
    bases = [merge(folder / f"part{i}.db", part) for i, part in
             enumerate(parts)]
    left = merge(folder / "left.db", merge(folder / "l.db", *bases[:2]),
                 bases[2])
    right = merge(folder / "right.db", bases[0],
                  merge(folder / "r.db", *bases[1:]))
    assert dump(left) == whole and dump(right) == whole
    again = lockval(0, "merge", "-o", left, right, *parts, *bases, left).stdout
    assert ": 0 runs merged" in again, again
    assert dump(left) == whole


def killed_merge_keeps_what_was_committed(folder):
    records = make(folder / "r", 0, 300, 60, 3)
    whole = dump(merge(folder / "whole.db", records))
    chance = random.Random(6)
    kept = 0
    for i in range(8):
        base = merge(folder / f"k{i}.db", make(folder / "few", 0, 3, 60, 3))
        with subprocess.Popen([LOCKVAL, "merge", "-o", base, records],
                              stdout=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0, 0.4))
            process.send_signal(signal.SIGKILL)
        here = dump(base)
        kept += len(here["run"]) > 3
        assert len(here["run"]) >= 3 and set(here["run"]) <= set(whole["run"])
        assert len(report(base)["dependencies"]) > 0
        assert dump(merge(base, records)) == whole


def half_a_merge_is_undone_by_who_reads(folder):
    """A writer that is killed leaves its journal and pages half changed."""
    base = merge(folder / "all.db", make(folder / "r", 0, 30, 60, 3))
    whole = report(base)["dependencies"]
    writer = sqlite3.connect(base)
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("UPDATE run SET test = test || ' and more'")
    writer.execute("UPDATE witness SET held_at = 0")
    torn = folder / "torn.db"
    shutil.copy(base, torn)
    shutil.copy(f"{base}-journal", f"{torn}-journal")
    writer.rollback()
    assert torn.read_bytes() != base.read_bytes()
    assert report(torn)["dependencies"] == whole
    assert dump(torn) == dump(base)


def concurrent_merges_unite(folder):
    parts = [make(folder / f"p{i}", 10 * i, 10) for i in range(6)]
    whole = dump(merge(folder / "whole.db", *parts))
    base = folder / "all.db"
    jobs = [subprocess.Popen([LOCKVAL, "merge", "-o", base, part],
                             stdout=subprocess.DEVNULL) for part in parts]
    assert [job.wait() for job in jobs] == [0] * len(jobs)
    assert dump(base) == whole


def forked_processes_are_one_run(folder):
    script = "import os\nif os.fork() == 0: os._exit(0)\nos.wait()\n"
    records = folder / "r"
    lockval(0, "run", "--record", records, "--test", "forks", "--",
            sys.executable, "-c", script)
    rows = dump(merge(folder / "all.db", records))["run"]
    assert len(rows) == 1 and rows[0][1] == "forks", rows


def test_without_a_name_is_its_command(folder):
    records = folder / "r"
    lockval(0, "run", "--record", records, "--", TWO, "ab", "bc")
    rows = dump(merge(folder / "all.db", records))["run"]
    assert rows[0][1] == f"{TWO} ab bc", rows


# ---- gates

def baseline_makes_the_known_green_and_the_new_red(folder):
    records = record(folder / "r", "one", "ab")
    record(records, "two", "ba")
    base = merge(folder / "base.db", records)
    lockval(66, "gate", records)
    done = lockval(0, "gate", records, "--baseline", base)
    assert "in the baseline" in done.stdout
    assert [f["baseline"] for f in json.loads(lockval(
        0, "gate", records, "--baseline", base, "--format",
        "json").stdout)["findings"]] == ["known"]
    record(records, "three", "bc")
    record(records, "four", "cb")
    lockval(66, "gate", records, "--baseline", base)
    lockval(0, "gate", records, "--baseline", merge(base, records))


def known_finding_that_became_worse_is_new(folder):
    records = record(folder / "r", "one", "gab")
    record(records, "two", "gba")
    base = merge(folder / "base.db", records)
    lockval(0, "gate", records, "--fail-on", "guarded", "--baseline", base)
    record(records, "three", "ab")
    record(records, "four", "ba")
    lockval(66, "gate", records, "--baseline", base)
    # and the other way round a milder one is known
    worse = merge(folder / "worse.db", records)
    lockval(0, "gate", folder / "base.db", "--fail-on", "guarded",
            "--baseline", worse)


def exceptions_come_back_as_they_were(folder):
    model = TWO.parents[2] / "examples" / "mm" / "mm"
    verdicts = set()
    for scenario in ("s1.raw-both", "s1.x1"):
        records = folder / scenario
        run(LOCKVAL, "run", "--record", records, "--", model, "run", scenario)
        base = merge(folder / f"{scenario}.db", records)
        whole, back = (sorted(report(path)["exceptions"], key=json.dumps)
                       for path in (records, base))
        assert whole and back == whole, (back, whole)
        verdicts |= {exception["verdict"] for exception in back}
        # the same again, from a database of databases
        again = merge(folder / f"{scenario}.again.db", base, records)
        assert dump(again)["exception"] == dump(base)["exception"]
    assert verdicts == {"proved", "refuted", "unneeded"}, verdicts


def refuted_writes_keep_their_fingerprints(folder):
    """Two of s1.x1's differ in a line alone; a database lists them as the
    program's path has it."""
    model = TWO.parents[2] / "examples" / "mm" / "mm"
    for name in "abcdefgh":
        records = folder / f"{name}.d"
        shutil.copy(model, folder / name)
        run(LOCKVAL, "run", "--record", records, "--", folder / name, "run",
            "s1.x1")
        told = [{str(one["site"]): one.get("fingerprint")
                 for one in report(path)["exceptions"]} for path in
                (records, merge(folder / f"{name}.db", records))]
        assert told[0] == told[1], told
        refuted = [one for one in told[0].values() if one is not None]
        assert len(set(refuted)) == len(refuted) == 3, refuted


def run_takes_a_baseline(folder):
    bug = TWO.parents[2] / "examples" / "bugs" / "abba"
    records = folder / "r"
    done = run(LOCKVAL, "run", "--record", records, "--", bug)
    assert done.returncode == 66, done.stderr
    base = merge(folder / "base.db", records)
    done = run(LOCKVAL, "run", "--baseline", base, "--record", folder / "r2",
               "--", bug)
    assert done.returncode == 0 and "in the baseline" in done.stderr, done.stderr


def gate_without_a_lock_is_no_pass(folder):
    records = folder / "r"
    run(LOCKVAL, "run", "--record", records, "--", TWO)
    refused("gate", records, said="no lock was taken")
    refused("gate", merge(folder / "all.db", records), said="no lock was taken")


def program_that_refused_the_library_fails_the_gate(folder):
    source = "int main(void) { return 0; }"
    program = folder / "static"
    subprocess.run(["cc", "-static", "-x", "c", "-", "-o", program],
                   input=source, text=True, check=True)
    records = record(folder / "r", "good", "ab")
    lockval(99, "run", "--record", records, "--", program)
    refused("gate", records, said="did not come to life")
    refused("gate", merge(folder / "all.db", records),
            said="did not come to life")


def lost_events_fail_the_gate(folder):
    records = make(folder / "r", 0, 1)
    (path,) = records.iterdir()
    data = bytearray(path.read_bytes())
    data[96] = 7  # the header's count of lost events, after 6 totals
    path.write_bytes(data)
    refused("gate", records, said="7 events were lost")
    refused("gate", merge(folder / "all.db", records),
            said="7 events were lost")


def damaged_record_is_left_out_and_fails(folder):
    records = make(folder / "r", 0, 3)
    path = records / "p.1.0.lvr"
    path.write_bytes(path.read_bytes()[:9000])
    refused("gate", records, said="p.1.0.lvr: byte")
    refused("merge", "-o", folder / "all.db", records, said="p.1.0.lvr: byte")
    assert len(dump(folder / "all.db")["run"]) == 2


def declared_order_gates(folder):
    records = record(folder / "r", "one", "ab", "bc")
    order = folder / "declared.order"
    order.write_text("b < a\n", encoding="utf-8")
    base = merge(folder / "all.db", records)
    for path in (records, base):
        lockval(0, "gate", path)
        done = lockval(66, "gate", path, "--order", order)
        assert "against declared.order" in " ".join(done.stdout.split())
    suggested = folder / "suggested.order"
    lockval(0, "order", "suggest", base, "-o", suggested)
    assert "a < b < c" in suggested.read_text(encoding="utf-8")
    lockval(0, "order", "check", suggested, base)
    lockval(66, "order", "check", order, base)
    order.write_text("b < \n", encoding="utf-8")
    refused("gate", base, "--order", order, said="declared.order:1: ")


# ---- differences

def diff_tells_what_a_change_made(folder):
    old = record(folder / "old", "t", "ab", "bc")
    new = record(folder / "new", "t", "ab", "cg", "rs")
    done = lockval(0, "diff", old, new).stdout
    assert "this change makes g be taken under c" in done, done
    assert "no longer seen: c under b" in done
    assert "two.c" in done
    assert "lockval: 2 dependencies new, 1 gone" in done, done
    bases = merge(folder / "old.db", old), merge(folder / "new.db", new)
    assert lockval(0, "diff", *bases).stdout.splitlines()[-1] == (
        done.splitlines()[-1])
    more = json.loads(lockval(0, "diff", *bases, "--format", "json").stdout)
    assert [(d["from"], d["to"]) for d in more["gone"]["dependencies"]] == [
        ("b", "c")]
    assert sorted(more["new"]["classes"]) == ["g", "r", "s"]


def diff_of_the_same_is_empty(folder):
    records = record(folder / "r", "t", "ab", "ba", "mn")
    base = merge(folder / "all.db", records)
    done = lockval(0, "diff", records, base).stdout
    assert done == ("lockval: 0 dependencies new, 0 gone · 0 classes new, "
                    "0 gone · 0 findings new, 0 gone\n"), done


# ---- SQL

def examples_of_the_manual_answer(folder):
    readme = pathlib.Path(__file__).parents[2] / "README.md"
    blocks = readme.read_text(encoding="utf-8").split("```sql\n")[1:]
    first, deepest = (block.split("```")[0] for block in blocks)
    records = record(folder / "r", "earliest", "ab")
    record(records, "later", "ab", "ghca")
    path = merge(folder / "all.db", record(records, "last", "ab"))
    with sqlite3.connect(path) as base:
        (answer,) = base.execute(first)
        assert answer[0] == "earliest", answer
        assert answer[1][:2] == "20", answer
        assert base.execute(deepest).fetchall() == [
            ("a", 3), ("c", 2), ("b", 1), ("h", 1)], (
                base.execute(deepest).fetchall())


# ---- what is no good

def good_database(folder):
    return merge(folder / "good.db", record(folder / "r", "t", "ab"))


def foreign_database_is_left_alone(folder):
    path = folder / "foreign.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE mine (x)")
    before = hashlib.sha256(path.read_bytes()).digest()
    records = record(folder / "r", "t", "ab")
    refused("merge", "-o", path, records, said="not one of lockval")
    refused("report", path, said="not one of lockval")
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert os.listdir(folder).count("foreign.db") == 1


def other_files_are_left_alone(folder):
    path = folder / "notes.txt"
    path.write_text("nothing of yours\n" * 100, encoding="utf-8")
    refused("merge", "-o", path, record(folder / "r", "t", "ab"),
            said="notes.txt: file is not a database")
    refused("merge", "-o", folder, folder / "r", said="not a regular file")
    assert path.read_text(encoding="utf-8") == "nothing of yours\n" * 100


def newer_database_is_refused(folder):
    path = good_database(folder)
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA user_version = 2")
    refused("report", path, said="newer lockval")
    refused("merge", "-o", path, folder / "r", said="newer lockval")
    refused("gate", folder / "r", "--baseline", path, said="newer lockval")


def altered_tables_are_refused(folder):
    for i, change in enumerate((
            "CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END",
            "CREATE VIEW v AS SELECT 1",
            "ALTER TABLE run ADD COLUMN more TEXT",
            "DROP TABLE seen")):
        path = folder / f"{i}.db"
        shutil.copy(good_database(folder), path)
        with sqlite3.connect(path) as base:
            base.execute(change)
        refused("report", path, said=f"{i}.db: ")
        refused("merge", "-o", folder / "other.db", path, said=f"{i}.db: ")


def rows_that_make_no_sense_are_refused(folder):
    good = merge(folder / "good.db", record(folder / "r", "t", "gab"),
                 make(folder / "m", 0, 2))
    bug = TWO.parents[2] / "examples" / "bugs" / "abba"
    run(LOCKVAL, "run", "--record", folder / "r2", "--", bug)
    merge(good, folder / "r2")
    other = merge(folder / "other.db", folder / "m")
    whole = dump(other)
    for i, change in enumerate((
            "DELETE FROM class", "DELETE FROM stack", "DELETE FROM frame",
            "DELETE FROM witness", "DELETE FROM dependency",
            "DELETE FROM finding",
            "UPDATE dependency SET kind = 'XX'",
            "UPDATE class SET kind = 'odd'",
            "UPDATE stack SET caller = id",
            "UPDATE finding SET document = '{}'",
            "UPDATE finding SET document = " + "'" + "[" * 5000 + "'",
            "UPDATE finding SET document = replace(document, "
            "'\"fail\":2', '\"fail\":0')",
            "UPDATE finding SET document = replace(document, "
            "'\"steps\":[', '\"steps\":[7,')",
            "UPDATE finding SET fingerprint = 'short'")):
        path = folder / f"bad{i}.db"
        shutil.copy(good, path)
        with sqlite3.connect(path) as base:
            base.execute(change)
        refused("report", path, said=f"bad{i}.db: damaged: ")
        refused("merge", "-o", other, path, said=f"bad{i}.db: damaged: ")
        assert dump(other) == whole, change


def text_of_a_hostile_database_is_cleaned(folder):
    path = good_database(folder)
    with sqlite3.connect(path) as base:
        base.execute("UPDATE class SET name = name || char(27) || '[31m'")
        base.execute("UPDATE run SET test = char(7) || char(8238)")
        base.execute("UPDATE frame SET function = char(27) || 'x'")
    done = lockval(0, "report", path, "--format", "json").stdout
    assert "\x1b" not in done and "\\u001b" not in done
    assert "\\x1b[31m" in json.loads(done)["classes"][0]["name"]
    done = lockval(0, "order", "suggest", path).stdout
    assert "\x1b" not in done


def truncated_database_is_refused(folder):
    good = merge(folder / "good.db", make(folder / "m", 0, 20, 200))
    data = good.read_bytes()
    chance = random.Random(7)
    for i in range(12):
        path = folder / f"cut{i}.db"
        path.write_bytes(data[:chance.randrange(100, len(data))])
        done = lockval(99, "report", path)
        assert f"cut{i}.db" in done.stderr and done.stderr.count("\n") == 1, (
            done.stderr)


def missing_paths_are_told(folder):
    refused("merge", "-o", folder / "x.db", folder / "none", said="none: No such")
    refused("gate", folder / "none", said="none: No such")
    refused("gate", folder, said="no records there")
    refused("merge", said="merge what into what?")
    refused("diff", folder, said="diff what?")


# ---- running them

def is_test(name, value):
    return (callable(value) and value.__module__ == "__main__" and
            value.__code__.co_varnames[:1] == ("folder",) and
            value.__code__.co_argcount == 1 and name != "good_database")


def main():
    tests = [value for name, value in list(globals().items())
             if hasattr(value, "__code__") and is_test(name, value)]
    return tap.play(tests, tap.in_folder, sys.argv[5:])


if __name__ == "__main__":
    sys.exit(main())
