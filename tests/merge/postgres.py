#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""postgres: many jobs merge into one PostgreSQL server at once.

    postgres.py LOCKVAL TWO MAKE

The server is started here, in a directory of its own, on a socket there and a
port of loopback. Each test is a function named after the rule it proves;
output is TAP.
"""
import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402  pylint: disable=wrong-import-position
from common import (  # noqa: E402  pylint: disable=wrong-import-position
    LOCKVAL, TABLES, TWO, lockval, make, run)


def find_programs():
    """The newest server that Debian installed; None: there is none."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class Server:
    """A cluster of its own, as a user who is not root."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.data = folder / "data"
        self.user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid,
                         "extra_groups": []}
        self.call("initdb", "-D", self.data, "-U", "tester", "-A", "trust",
                  "--locale=C.UTF-8", "--no-sync")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [programs / "postgres", "-D", self.data, "-k", folder, "-p",
             str(self.port), "-h", "127.0.0.1", "-F"], cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.user)
        self.wait()

    def call(self, program, *arguments):
        done = run(self.programs / program, *arguments, cwd=self.folder,
                   **self.user)
        assert done.returncode == 0, done.stderr
        return done

    def wait(self):
        for _ in range(600):
            if run(self.programs / "pg_isready", "-h", self.folder, "-p",
                   self.port, "-U", "tester").returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError("the server does not start")

    def base(self, name):
        """An empty database; its URL."""
        self.call("createdb", "-h", self.folder, "-p", self.port, "-U",
                  "tester", name)
        return f"postgresql://tester:secret@127.0.0.1:{self.port}/{name}"

    def ask(self, name, sql):
        return self.call("psql", "-h", self.folder, "-p", self.port, "-U",
                         "tester", "-d", name, "-AtX", "-c", sql).stdout

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def dump(database):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as base:
        return {table: sorted(base.execute(f"SELECT * FROM {table}"))
                for table in TABLES}


def fetched(url, folder):
    """What is on the server, brought back into a file."""
    path = folder / "fetched.db"
    path.unlink(missing_ok=True)
    lockval(0, "merge", "-o", path, url)
    return dump(path)


def merged(path, *parts):
    lockval(0, "merge", "-o", path, *parts)
    return path


# ---- rules

def server_holds_what_a_file_holds(server, folder):
    url = server.base("same")
    records = folder / "r"
    for test, way in (("one", "gab"), ("two", "ba"), ("three", "rS")):
        lockval(0, "run", "--record", records, "--test", test, "--", TWO, way)
    make(records, 0, 15)
    lockval(0, "merge", "-o", url, records)
    here = merged(folder / "file.db", records)
    assert fetched(url, folder) == dump(here)
    lockval(0, "merge", "-o", url, records, here)
    assert fetched(url, folder) == dump(here)
    assert server.ask("same", "SELECT count(*) FROM lockval.run") == "18\n"


def commands_take_a_server_for_a_database(server, folder):
    url = server.base("commands")
    records = folder / "r"
    lockval(0, "run", "--record", records, "--test", "one", "--", TWO, "ab")
    lockval(0, "merge", "-o", url, records)
    lockval(0, "gate", url)
    lockval(0, "run", "--record", folder / "r2", "--test", "two", "--", TWO,
            "ba")
    done = lockval(0, "diff", url, folder / "r2").stdout
    assert "this change makes a be taken under b" in done, done
    lockval(0, "merge", "-o", url, folder / "r2")
    lockval(66, "gate", url)
    (found,) = json.loads(lockval(0, "report", url, "--format",
                                  "json").stdout)["findings"]
    assert found["tests"] == ["one", "two"], found
    lockval(0, "gate", records, folder / "r2", "--baseline", url)
    lockval(0, "order", "suggest", url)


def sixteen_jobs_at_once_are_as_one_by_one(server, folder):
    """One of them is killed half-way, and comes again."""
    url = server.base("jobs")
    parts = [make(folder / f"p{i}", 6 * i, 6, 60, 3) for i in range(16)]
    jobs = [subprocess.Popen([LOCKVAL, "merge", "-o", url, part],
                             stdout=subprocess.DEVNULL) for part in parts]
    time.sleep(random.Random(1).uniform(0.05, 0.3))
    jobs[7].kill()
    ends = [job.wait() for job in jobs]
    assert ends[:7] + ends[8:] == [0] * 15, ends
    others = parts[:7] + parts[8:] if ends[7] != 0 else parts
    half = dump(merged(folder / "others.db", *others))
    whole = dump(merged(folder / "whole.db", *parts))
    assert fetched(url, folder) in (half, whole)  # all of a job, or nothing
    lockval(0, "merge", "-o", url, parts[7])
    assert fetched(url, folder) == whole


def job_killed_while_it_sends_leaves_nothing(server, folder):
    url = server.base("killed")
    lockval(0, "merge", "-o", url, make(folder / "first", 0, 5))
    before = fetched(url, folder)
    big = merged(folder / "big.db", make(folder / "big", 100, 60, 400, 4))
    # The server makes it wait for the end of its transaction.
    holder = subprocess.Popen(
        [server.programs / "psql", "-h", server.folder, "-p", str(server.port),
         "-U", "tester", "-d", "killed", "-X"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    holder.stdin.write("BEGIN;\nLOCK TABLE lockval.witness;\nSELECT 'held';\n")
    holder.stdin.flush()
    while "held" not in holder.stdout.readline():
        pass
    job = subprocess.Popen([LOCKVAL, "merge", "-o", url, big],
                           stdout=subprocess.DEVNULL)
    for _ in range(600):
        if server.ask("killed", "SELECT count(*) FROM pg_locks WHERE NOT "
                      "granted") != "0\n":
            break
        time.sleep(0.05)
    job.kill()
    job.wait()
    holder.communicate("ROLLBACK;\n")
    assert fetched(url, folder) == before
    lockval(0, "merge", "-o", url, big)
    assert len(fetched(url, folder)["run"]) == 65


def odd_texts_come_back_as_they_were(server, folder):
    url = server.base("texts")
    for test in ("tab\there", "back\\slash \\N \\t", "new\nline", "ünïcode ≠",
                 "quote ' and \"", "\\N"):
        lockval(0, "run", "--record", folder / "r", "--test", test, "--", TWO,
                "ab")
    lockval(0, "merge", "-o", url, folder / "r")
    assert fetched(url, folder) == dump(merged(folder / "file.db",
                                               folder / "r"))


def what_is_no_good_is_told_without_the_password(server, folder):
    url = server.base("foreign")
    server.ask("foreign", "CREATE SCHEMA lockval; CREATE TABLE "
               "lockval.meta (version INTEGER)")
    records = make(folder / "r", 0, 1)
    newer = server.base("newer")
    lockval(0, "merge", "-o", newer, records)
    server.ask("newer", "UPDATE lockval.meta SET version = 2")
    gone = f"postgresql://tester:secret@127.0.0.1:{server.port}/none"
    nobody = "postgresql://tester:secret@127.0.0.1:1/x"
    for target, said in ((url, "not one of lockval"),
                         (newer, "newer lockval"),
                         (gone, "does not exist"), (nobody, "refused")):
        for command in (("merge", "-o", target, records), ("report", target)):
            done = lockval(99, *command)
            assert said in done.stderr and done.stderr.count("\n") == 1, (
                done.stderr)
            assert "secret" not in done.stderr + done.stdout
    empty = server.base("empty")
    done = lockval(99, "report", empty)
    assert "nothing was merged" in done.stderr, done.stderr


TESTS = (server_holds_what_a_file_holds, commands_take_a_server_for_a_database,
         sixteen_jobs_at_once_are_as_one_by_one,
         job_killed_while_it_sends_leaves_nothing,
         odd_texts_come_back_as_they_were,
         what_is_no_good_is_told_without_the_password)


def main():
    programs = find_programs()
    if programs is None:
        print("1..0 # SKIP no PostgreSQL server is installed")
        return 0
    place = pathlib.Path(tempfile.mkdtemp(prefix="lockval-pg-"))
    server = Server(programs, place)
    try:
        return tap.play(TESTS, lambda test: tap.in_folder(
            lambda folder: test(server, folder)))
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
