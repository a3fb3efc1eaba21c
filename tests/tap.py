# SPDX-License-Identifier: BSD-2-Clause
"""tap: play functions as tests, and say how each went in TAP.

A test passes if it returns; whatever it raises is its failure, and told. A
script finds this module one folder above its own:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
"""
import contextlib
import os
import pathlib
import tempfile
import traceback


@contextlib.contextmanager
def inside():
    """A new folder as working directory; no lockval.conf from above it."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="lockval-test-") as scratch:
        os.mkdir(scratch + "/.git")
        os.chdir(scratch)
        try:
            yield pathlib.Path(scratch)
        finally:
            os.chdir(before)


def in_folder(test):
    """Call it with a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="lockval-test-") as folder:
        test(pathlib.Path(folder))


def in_scratch(test):
    """Call it from a folder of its own."""
    with inside():
        test()


def play(tests, call, wanted=(), failed=lambda test: None):
    """Call `call(test)` for each, or for those with a name in `wanted`. Returns
    the script's status: 1 if any failed, or if there was none."""
    chosen = [test for test in tests if not wanted or test.__name__ in wanted]
    failures = 0
    print(f"1..{len(chosen)}", flush=True)
    for number, test in enumerate(chosen, 1):
        try:
            call(test)
        except Exception as error:  # pylint: disable=broad-except
            failures += 1
            told = traceback.format_exc() if not str(error) else (
                f"{type(error).__name__}: {error}")
            print("# " + told.strip().replace("\n", "\n# "))
            print(f"not ok {number} - {test.__name__}", flush=True)
            failed(test)
            continue
        print(f"ok {number} - {test.__name__}", flush=True)
    return 1 if failures or not chosen else 0
