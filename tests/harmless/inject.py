#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""inject.py LOCKVAL LIBRARY ENDURE MOST: each system call that the library makes
fails, one after the other, by strace from outside; of one name the first MOST
and the last. The program does what it
does alone, and a report is whole, or says that it is not."""
import json
import os
import re
import shutil
import sys
import tempfile

from common import check, finish, run, skip

ERRORS = {"mmap": "ENOMEM", "openat": "EMFILE", "open": "ENOENT",
          "fallocate": "ENOSPC", "mkdir": "EACCES", "getcwd": "ENOENT",
          "newfstatat": "EACCES", "fstat": "EIO", "read": "EIO",
          "readlinkat": "ENOENT", "mprotect": "ENOMEM", "munmap": "ENOMEM",
          "madvise": "EINVAL", "mincore": "ENOMEM", "prlimit64": "EPERM"}
WHOLE = 3000


def injected(library, program, folder, *more):
    record = os.path.join(folder, "r")
    shutil.rmtree(record, True)
    return run(["strace", *more, "-E", "LD_PRELOAD=" + library, "-E",
                f"LOCKVAL_OPTIONS=quiet=yes:record={record}", program, "grow"],
               folder)


def calls(library, program, folder):
    """How often each call was made before the library's first one, and after
    it. The dynamic linker ends by unmapping its cache; `grow` makes none."""
    trace = os.path.join(folder, "trace")
    injected(library, program, folder, "-o", trace)
    with open(trace, encoding="utf-8", errors="replace") as file:
        names = [match.group(1) for match in
                 (re.match(r"(\w+)\(", line) for line in file) if match]
    start = names.index("munmap") + 1
    return {name: (names[:start].count(name), names[start:].count(name))
            for name in ERRORS}


def is_whole_or_says_so(lockval, folder):
    status, out, err = run([lockval, "gate", "r"], folder)
    if status != 0:
        return status == 99 and err.startswith("lockval: "), (out, err)
    status, out, err = run([lockval, "report", "r", "--format", "json"], folder)
    return json.loads(out)["stats"]["dependencies"] == WHOLE, err


def main(lockval, library, program, most):
    lockval, library, program = map(os.path.realpath,
                                    (lockval, library, program))
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("strace") is None or \
                run(["strace", "-o", "t", "true"], folder)[0] != 0:
            skip("every_call_may_fail", "nothing may be traced here")
            return 0
        for name, (before, after) in calls(library, program, folder).items():
            chosen = sorted({*range(1, min(after, int(most)) + 1), after} - {0})
            for i in chosen:
                for more in ("", "+")[:2 if i == 1 or int(most) > 9 else 1]:
                    done = injected(
                        library, program, folder, "-o", "/dev/null", "-e",
                        "trace=" + name, "-e",
                        f"inject={name}:error={ERRORS[name]}"
                        f":when={before + i}{more}")
                    good, said = is_whole_or_says_so(lockval, folder)
                    check(f"{name}_may_fail_{i}{more}",
                          done == (0, "done\n", "") and good, (done, said))
    return finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
