#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""company.py LOCKVAL LIBRARY COMPANY THROWING ASAN TSAN: beside other preloads,
debuggers and sanitizers, in narrow places, and whatever a program does with
processes and threads, company.c does what it does alone, and what there is to
find is found. A tool that is not installed is skipped by name."""
import os
import re
import shutil
import signal
import sys
import tempfile

from common import check, finish, run, skip, watched

GOOD, FOUND, LOST = 0, 66, 99
DONE = "done\n"
MODES = [("fork", GOOD), ("strict", LOST), ("clone", GOOD), ("vfork", GOOD), ("spawn", GOOD),
         ("cancel", GOOD), ("handlers", GOOD), ("contend", GOOD),
         ("invert", FOUND)]
ALLOCATORS = {"jemalloc": "libjemalloc.so.2",
              "tcmalloc": "libtcmalloc_minimal.so.4",
              "mimalloc": "libmimalloc.so.2"}
SANITIZED = {"AddressSanitizer": ("contend", "cancel", "spawn", "handlers",
                                  "invert", "leak", "overrun"),
             "ThreadSanitizer": ("contend", "cancel", "spawn", "handlers",
                                 "invert", "race")}


def modes(lockval, program, throwing):
    for mode, status in [*MODES, ("namespace " + throwing, GOOD)]:
        with tempfile.TemporaryDirectory() as folder:
            alone = run([program, *mode.split()], folder)
            under = watched(lockval, [program, *mode.split()], folder)
        check(mode.split()[0] + "_is_as_before",
              alone == (0, DONE, "") and under[:2] == (status, DONE) and
              (status != LOST or "seccomp" in under[2]), (alone, under))


# ---- other preloads and tools -----------------------------------------------

def allocators(lockval, library, program):
    for name, file in ALLOCATORS.items():
        path = "/usr/lib/x86_64-linux-gnu/" + file
        if not os.path.exists(path):
            skip(name, "not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            mine = {"LD_PRELOAD": path}
            there = watched(lockval, ["grep", "-q", file, "/proc/self/maps"],
                            folder, environment=mine)
            seen = watched(lockval, [program, "invert"], folder,
                           environment=mine)
            check(name + "_of_the_user_is_kept",
                  there[0] == 0 and seen[:2] == (FOUND, DONE), (there, seen))
            for order in (f"{path}:{library}", f"{library}:{path}"):
                for mode in ("contend", "spawn", "handlers"):
                    seen = run([program, mode], folder, {
                        "LD_PRELOAD": order,
                        "LOCKVAL_OPTIONS": "quiet=yes:record=x"})
                    told = run([lockval, "report", "x"], folder)
                    check(f"{name}_beside_us_{mode}",
                          seen == (0, DONE, "") and told[0] == 0,
                          (order, seen, told))
                    shutil.rmtree(os.path.join(folder, "x"))


def beside(lockval, tool, works, command, expect):
    """`works`: what shows that the tool may do its work here."""
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which(tool) is None:
            return skip(tool, "not installed")
        if run(works, folder)[0] != 0:
            return skip(tool, "may not look at programs here")
        status, out, err = watched(lockval, command, folder)
        check(tool + "_beside_us", status == FOUND and expect in out and
              DONE in out and "inversion" in err, (status, out, err))


def tools(lockval, program):
    beside(lockval, "strace", ["strace", "-o", "t", "true"],
           ["strace", "-f", "-o", "t", program, "invert"], DONE)
    beside(lockval, "gdb",
           ["gdb", "-batch", "-ex", "run", "--args", "true"],
           ["gdb", "-batch", "-ex", "break nest_all", "-ex", "run", "--args",
            program, "invert"], "exited normally")
    beside(lockval, "perf",
           ["perf", "record", "-e", "cpu-clock", "-o", "p", "true"],
           ["perf", "record", "-q", "-e", "cpu-clock", "-o", "p", program,
            "invert"], DONE)


# ---- sanitizers -------------------------------------------------------------

def findings(text):
    """What a sanitizer reports, each with the functions of the program."""
    return (sorted(set(re.findall(r"^SUMMARY: (\w+: [a-z-]+(?: [a-z-]+)*)",
                                  text, re.M))),
            sorted(set(re.findall(r" in (forget|overrun|count|take_in_turn)\b",
                                  text))))


def sanitized(lockval, programs):
    for sanitizer, program in programs.items():
        for mode in SANITIZED[sanitizer]:
            with tempfile.TemporaryDirectory() as folder:
                alone = run([program, mode], folder)
                under = watched(lockval, [program, mode], folder)
            if mode == "invert":  # whose order of locks is told by us alone
                check(sanitizer + "_hides_nothing_from_us",
                      under[:2] == (FOUND, DONE) and
                      "lock[0] → lock[1] → lock[0]" in under[2], under)
                continue
            check(f"{sanitizer}_sees_the_same_in_{mode}",
                  under[:2] == alone[:2] and
                  findings(under[2]) == findings(alone[2]), (alone, under))
            if mode in ("leak", "overrun", "race"):
                check(f"{sanitizer}_is_at_work_in_{mode}",
                      alone[0] != 0 and sanitizer in alone[2], alone)


# ---- narrow places ----------------------------------------------------------

def in_place(lockval, rule, setup, command, wanted, said=""):
    """`setup` is done in a mount namespace of its own, with the folder as $1;
    `wanted`: status and output."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        words = ["unshare", "-m", "sh", "-c",
                 f'set -e; {setup}; shift; exec "$@"', "sh", folder]
        if run([*words, "true"], folder)[0] != 0:
            return skip(rule, "may not make such a place here")
        seen = run([*words, *(w.replace("FOLDER", folder) for w in command)],
                   folder)
        check(rule, seen[:2] == wanted and said in seen[2], seen)


def places(lockval, library, program):
    watch = [lockval, "run", "--record", "FOLDER/r", "--"]
    preload = ["env", "LD_PRELOAD=" + library,
               "LOCKVAL_OPTIONS=quiet=yes:record=FOLDER/r"]
    no_proc = "mount -t tmpfs none /proc"
    full = ('mount -t tmpfs -o size=64k none "$1"; '
            'dd if=/dev/zero of="$1/x" bs=4k 2>/dev/null || true')
    fixed = 'mount -t tmpfs -o ro none "$1"'
    in_place(lockval, "without_proc", no_proc, [*watch, program, "invert"],
             (FOUND, DONE), "lock[0] → lock[1] → lock[0]")
    in_place(lockval, "full_disk_is_told", full, [*watch, program, "invert"],
             (LOST, DONE), "nothing of its process could be kept")
    in_place(lockval, "full_disk_does_no_harm", full,
             [*preload, program, "contend"], (GOOD, DONE))
    in_place(lockval, "read_only_directory_is_refused", fixed,
             [*watch, program, "invert"], (LOST, ""), "cannot keep records")
    in_place(lockval, "read_only_directory_does_no_harm", fixed,
             [*preload, program, "contend"], (GOOD, DONE))
    # /bin/true says nothing: only a shell that goes on does.
    in_place(lockval, "disk_that_is_full_for_a_child_is_told",
             'mount -t tmpfs -o size=300k none "$1"',
             [*watch, "sh", "-c", 'dd if=/dev/zero of=FOLDER/x bs=4k '
              f'2>/dev/null; {program} contend; exit 0'],
             (LOST, DONE), "nothing of its process could be kept")


def few_processes(lockval, program):
    """ulimit -u is not root's: as nobody. The run itself has its processes."""
    rule = "few_processes_are_endured"
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return skip(rule, "cannot become another user")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, 65534, 65534)
        script = (f'ulimit -u 8; exec {program} cancel')
        words = ["setpriv", "--reuid", "65534", "--clear-groups"]
        alone = run([*words, "sh", "-c", script], folder)
        under = run([*words, lockval, "run", "--record", folder + "/r", "--",
                     "sh", "-c", script], folder)
        check(rule, alone[:2] == under[:2], (alone, under))


def closed_streams(lockval, program):
    """Nobody gets a descriptor of ours in the place of a stream."""
    script = f"exec {program} contend <&- >&- 2>&-"
    with tempfile.TemporaryDirectory() as folder:
        alone = run(["sh", "-c", script], folder)
        under = watched(lockval, ["sh", "-c", script], folder)
        check("closed_streams_stay_closed",
              alone[0] == under[0] == 1 and under[1] == "", (alone, under))


def main(lockval, library, program, throwing, *sanitizers):
    lockval, library, program = map(os.path.realpath,
                                    (lockval, library, program))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    modes(lockval, program, os.path.realpath(throwing))
    allocators(lockval, library, program)
    tools(lockval, program)
    sanitized(lockval, dict(zip(SANITIZED, map(os.path.realpath, sanitizers))))
    places(lockval, library, program)
    few_processes(lockval, program)
    closed_streams(lockval, program)
    return finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
