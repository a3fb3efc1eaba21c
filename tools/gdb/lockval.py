# SPDX-License-Identifier: BSD-2-Clause
"""gdb: `lockval-held` prints the locks that each thread of a stopped process
holds, oldest first, and where it took them.

    gdb -p PID -ex 'source lockval.py' -ex lockval-held

The process runs with libvalidator.so preloaded, whose debug information gdb
must find. It reads memory alone: nothing in the process is called."""
import gdb

WATCHED = 1 << 63  # held.h
MODES = ("", " for reading", " for recursive reading", "")


def holds(self_value):
    """The holds of one thread, oldest first."""
    thread = self_value["thread"]
    if int(thread) == 0:
        return
    held = thread.dereference()["base"] + 1
    while held <= self_value["top"]:
        yield held.dereference()
        held += 1


def name_of(address):
    """"cache.lock", or the address where it is in no variable."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True)
    return f"{address:#x}" if text.startswith("No symbol") else text.split(
        " in section")[0]


def threads():
    chosen = gdb.selected_thread()
    for inferior in gdb.inferiors():
        for thread in sorted(inferior.threads(), key=lambda t: t.num):
            thread.switch()
            yield thread
    if chosen is not None:
        chosen.switch()


def hot_part():
    """The thread-local lv_self of the selected thread; None: not there."""
    frame = gdb.selected_frame()
    try:
        gdb.newest_frame().select()
        return gdb.parse_and_eval("*(struct lv_self *)&lv_self")
    except gdb.error:
        return None
    finally:
        if frame.is_valid():
            frame.select()


class Held(gdb.Command):
    """Print the locks that each thread holds."""

    def __init__(self):
        super().__init__("lockval-held", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        seen = False
        for thread in threads():
            mine = hot_part()
            if mine is None:
                continue
            seen = True
            held = list(holds(mine))
            print(f"thread {thread.num} \"{thread.name}\" holds "
                  f"{len(held) or 'nothing'}")
            for number, hold in enumerate(held, 1):
                address = int(hold["lock"]) & ~WATCHED
                print(f"  {number}. {name_of(address)}"
                      f"{MODES[int(hold['how']) & 3]}")
        if not seen:
            raise gdb.GdbError("libvalidator.so is not in this process, or has "
                               "no debug information")


Held()
