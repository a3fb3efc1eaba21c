#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""endure.py LOCKVAL LIBRARY ENDURE KILLS: what a fault or a limit does to
endure.c is the same with the validator and without, and a run that lost
something ends 99 and says so."""
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from common import check, finish, run, watched

WHOLE, FOUND, LOST = 0, 66, 99
FIRST_SIZE = 64 << 10  # of a record

# Mode of endure.c, what its run ends with. What is denied by a way that the
# preload cannot see coming costs events; what it sees coming costs those of
# children at most, who can have no record of their own.
MODES = [("grow", WHOLE), ("deny-open", LOST), ("deny-fallocate", LOST),
         ("deny-mmap", LOST), ("deny-reserve", LOST),
         ("deny-memory", LOST), ("deny-fixed", LOST), ("deny-fstat", LOST),
         ("kill-open", WHOLE), ("sealed-find", FOUND), ("sealed-lock", WHOLE),
         ("sealed-nest", LOST), ("sealed-grow", LOST),
         ("sealed-outgrow", LOST), ("sealed-share", WHOLE),
         ("sealed-close", WHOLE), ("sealed-wait", WHOLE), ("folder", WHOLE),
         ("descriptors", LOST), ("closed", WHOLE), ("threads 5000", WHOLE), ("deep", WHOLE),
         ("storm", WHOLE), ("spawn", WHOLE), ("chain 20", WHOLE),
         ("leave", WHOLE), ("quit", WHOLE), ("jump", WHOLE)]
AS_ROOT = [("user", WHOLE), ("root", WHOLE)]
LIMITS = {"few_descriptors": (resource.RLIMIT_NOFILE, 8),
          "little_address_space": (resource.RLIMIT_AS, 256 << 20),
          "small_stacks": (resource.RLIMIT_STACK, 256 << 10)}


# ---- faults -----------------------------------------------------------------

def modes(lockval, program):
    for mode, status in MODES + (AS_ROOT if os.geteuid() == 0 else []):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            alone = run([program, *mode.split()], folder)
            under = watched(lockval, [program, *mode.split()], folder)
        same = alone[:2] == (0, "done\n") and under[1] == alone[1]
        told = (status == LOST) == ("events were lost" in under[2])
        check(mode.replace(" ", "_").replace("-", "_") + "_is_endured",
              same and under[0] == status and told, (alone, under))


def read_counter(path):
    try:
        with open(path, "rb") as file:
            return int.from_bytes(file.read(4), sys.byteorder)
    except FileNotFoundError:
        return 0


def killed(lockval, library, program, kills):
    """At any moment: what was seen until then reads back."""
    draw, unread, begun = random.Random(7), [], 0
    with tempfile.TemporaryDirectory() as folder:
        for i in range(kills):
            record = os.path.join(folder, f"r{i}")
            counter = os.path.join(folder, f"c{i}")
            victim = subprocess.Popen(
                [program, "endless", counter], cwd=folder, start_new_session=True,
                env=dict(os.environ, LD_PRELOAD=library,
                         LOCKVAL_OPTIONS=f"quiet=yes:record={record}"))
            while not os.path.isdir(record):
                time.sleep(0.001)
            time.sleep(draw.random() * 0.1)
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            seen = run([lockval, "report", record, "--format", "json"], folder)
            nested = read_counter(counter)
            # Killed before its file had a header, it left nothing to read.
            if seen[0] != 0:
                whole = "no records there" in seen[2] and nested == 0
            else:
                whole = len(json.loads(seen[1])["dependencies"]) >= nested
            begun += nested > 0
            if not whole:
                unread.append((nested, seen))
    check("what_a_kill_leaves_reads_back", not unread and begun > kills // 4,
          (begun, unread[:1]))


def child_without_record(lockval, program):
    """A forked child that may not write its record makes the run 99."""
    script = ('chmod 500 r; setpriv --reuid 65534 --clear-groups '
              f'{program} storm')
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        seen = watched(lockval, ["sh", "-c", script], folder)
        check("program_that_may_not_write_its_record_is_told",
              seen[0] == 99 and seen[1] == "done\n", seen)


def successor_without_record(lockval, program):
    """Nor may a program that is executed; its predecessor tells of it."""
    with tempfile.TemporaryDirectory() as folder:
        seen = watched(lockval, ["sh", "-c", f"ulimit -f 0; exec {program} "
                                 "grow"], folder)
        check("program_that_may_write_no_file_is_told",
              seen[:2] == (LOST, "done\n"), seen)


def child_without_memory(lockval, program):
    """Nothing of it, and of its children, gets into its parent's record."""
    with tempfile.TemporaryDirectory() as folder:
        seen = watched(lockval, [program, "narrow"], folder)
        told = run([lockval, "report", "r", "--format", "json"], folder)
        good = seen[:2] == (LOST, "done\n") and all(
            "nothing of its process could be kept" in line
            for line in told[2].splitlines())
        if good:
            report = json.loads(told[1])
            good = not report["findings"] and \
                report["stats"]["dependencies"] == 2
        check("child_without_memory_leaves_its_parents_record_alone", good,
              (seen, told))


# ---- limits -----------------------------------------------------

def limits(lockval, program):
    """The tool itself needs more: the limit is set behind it."""
    for rule, (what, limit) in LIMITS.items():
        option = {resource.RLIMIT_NOFILE: f"-n {limit}",
                  resource.RLIMIT_AS: f"-v {limit >> 10}",
                  resource.RLIMIT_STACK: f"-s {limit >> 10}"}[what]
        command = ["sh", "-c", f"ulimit {option}; exec {program} grow"]
        with tempfile.TemporaryDirectory() as folder:
            alone = run(command, folder)
            under = watched(lockval, command, folder)
        check(rule + "_are_endured",
              alone == (0, "done\n", "") and under[:2] == (0, "done\n"),
              (alone, under))


# ---- directories of others --------------------------------------------------

def unsafe_directories(library, program):
    """By preload alone, where no tool looked first."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "real"))
        os.symlink("real", os.path.join(folder, "link"))
        os.mkdir(os.path.join(folder, "plain"), 0o700)
        names = ["link"]
        if os.geteuid() == 0:
            os.mkdir(os.path.join(folder, "other"))
            os.chown(os.path.join(folder, "other"), 12345, -1)
            names.append("other")
        for name in names + ["plain"]:
            seen = run([program, "chain", "1"], folder, {
                "LD_PRELOAD": library,
                "LOCKVAL_OPTIONS": f"quiet=yes:record={name}"})
            files = os.listdir(os.path.join(folder, name))
            check(f"record_directory_{name}",
                  seen == (0, "done\n", "") and
                  bool(files) == (name == "plain"), (seen, files))
        modes_of = {os.stat(os.path.join(folder, "plain", f)).st_mode & 0o777
                    for f in os.listdir(os.path.join(folder, "plain"))}
        check("records_are_private", modes_of == {0o600}, modes_of)


def made_directory(library, program):
    """Whatever the umask says."""
    with tempfile.TemporaryDirectory() as folder:
        run([program, "chain", "1"], folder, {
            "LD_PRELOAD": library, "LOCKVAL_OPTIONS": "quiet=yes:record=new"},
            before=lambda: os.umask(0))
        mode = os.stat(os.path.join(folder, "new")).st_mode & 0o777
        check("record_directory_is_private", mode == 0o700, oct(mode))


def links(library, program):
    """Nothing is written through a link, nor into a file that was there."""
    for rule in ("link_in_the_records_place", "file_in_the_records_place",
                 "link_that_takes_the_records_place",
                 "file_that_takes_the_records_place"):
        with tempfile.TemporaryDirectory() as folder:
            victim = os.path.join(folder, "victim")
            with open(victim, "wb") as file:
                file.write(b"mine")
            record = os.path.join(folder, "r")
            os.mkdir(record, 0o700)

            def place():
                # pylint: disable=cell-var-from-loop
                name = f"{record}/endure.{os.getpid()}.0.lvr"
                if "link" in rule:
                    os.symlink(victim, name)
                else:
                    os.link(victim, name)
            command = [program, "grow"] if "in_the" in rule else \
                [program, "swap", record, victim] if "link" in rule else \
                [program, "exchange", record, victim]
            seen = run(command, folder, {
                "LD_PRELOAD": library,
                "LOCKVAL_OPTIONS": f"quiet=yes:record={record}"},
                before=place if "in_the" in rule else None)
            with open(victim, "rb") as file:
                held = file.read()
            check(rule + "_is_let_be",
                  seen == (0, "done\n", "") and held == b"mine",
                  (seen, len(held)))


def detour(library, program):
    """A record that was moved away is not found again by a link."""
    with tempfile.TemporaryDirectory() as folder:
        moved = os.path.join(folder, "moved")
        record = os.path.join(folder, "r")
        os.mkdir(record, 0o700)
        seen = run([program, "detour", record, moved], folder, {
            "LD_PRELOAD": library,
            "LOCKVAL_OPTIONS": f"quiet=yes:record={record}"})
        size = os.stat(moved).st_size
        check("link_to_the_record_itself_is_let_be",
              seen == (0, "done\n", "") and size == FIRST_SIZE, (seen, size))


def beginnings(lockval, program):
    """A record that was not begun is none; one that could not be tells so."""
    with tempfile.TemporaryDirectory() as folder:
        watched(lockval, [program, "grow"], folder)
        for name, size, status in (("empty", 0, 0), ("zero", 65536, 0),
                                   ("abandoned", 1, 99)):
            with open(os.path.join(folder, "r", name + ".1.0.lvr"),
                      "wb") as file:
                file.truncate(size)
            seen = run([lockval, "gate", "r"], folder)
            merged = run([lockval, "merge", "-o", name + ".db", "r"], folder)
            check(f"{name}_record_is_read_as_such",
                  seen[0] == merged[0] == status and
                  ("could be kept" in seen[2]) == (status == 99),
                  (seen, merged))


def main(lockval, library, program, kills):
    lockval, library, program = map(os.path.realpath,
                                    (lockval, library, program))
    modes(lockval, program)
    killed(lockval, library, program, int(kills))
    child_without_record(lockval, program)
    successor_without_record(lockval, program)
    child_without_memory(lockval, program)
    limits(lockval, program)
    unsafe_directories(library, program)
    made_directory(library, program)
    links(library, program)
    detour(library, program)
    beginnings(lockval, program)
    return finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
