#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""against: random programs, judged by lockval and by brute force.

    against.py LOCKVAL PLAYER FIRST COUNT

Each program is a script of threads that take locks within locks. Brute force
keeps every (thread, locks held, lock wanted) and looks for steps that close a
circle, of different threads that hold no lock in common: two threads that do
cannot stand in their steps at the same time. lockval fails the program if and
only if there are such steps. FIRST is the number of the first of COUNT programs.
"""
import collections
import pathlib
import random
import subprocess
import sys
import tempfile

LOCKVAL, PLAYER = sys.argv[1:3]


# ---- a program ---------------------------------------------------------------

Shape = collections.namedtuple(
    "Shape", "threads locks depth sections stop chaos mix reads tries ends")


def make_shape(chance):
    return Shape(threads=chance.choice((2, 2, 3, 4, 5)),
                 locks=chance.choice((2, 3, 4, 6, 12, 40)),
                 depth=chance.choice((2, 2, 3, 4)),
                 sections=chance.choice((4, 12, 40, 100)),
                 stop=chance.choice((0.1, 0.4)),
                 chaos=chance.choice((0, 0.01, 0.05, 0.3)),
                 mix=chance.choice((0, 0.5)),
                 reads=chance.choice((0, 0, 0.3, 0.8)),
                 tries=chance.choice((0, 0, 0.2)),
                 ends=chance.choice((0, 0, 0.03)))


class Program:
    """A script, step by step: (thread, what, lock)."""

    def __init__(self, chance, shape):
        self.chance, self.shape = chance, shape
        self.script = []
        self.held = collections.defaultdict(list)  # of a thread: locks
        self.users = collections.defaultdict(dict)  # of a lock: {thread: what}

    def pick(self, thread):
        """A lock to take, mostly above those held; None: no more."""
        held = self.held[thread]
        if (len(held) == self.shape.depth or
                held and self.chance.random() < self.shape.stop):
            return None
        ordered = self.chance.random() >= self.shape.chaos
        free = [lock for lock in range(self.shape.locks) if lock not in held and
                not (ordered and held and lock < max(held))]
        return self.chance.choice(free) if free else None

    def choose(self, lock):
        """How to take it; None: it is not to be had."""
        users = self.users[lock]
        if lock % 2 and self.chance.random() < self.shape.reads:
            return "r" if all(what == "r" for what in users.values()) else None
        if users:
            return None
        return "t" if self.chance.random() < self.shape.tries else "w"

    def take(self, thread):
        lock = self.pick(thread)
        what = None if lock is None else self.choose(lock)
        if what is None:
            return False
        self.script.append((thread, what, lock))
        self.users[lock][thread] = what
        self.held[thread].append(lock)
        return True

    def give(self, thread):
        at = -1 if self.chance.random() > 0.1 else 0
        lock = self.held[thread].pop(at)
        del self.users[lock][thread]
        self.script.append((thread, "u", lock))

    def section(self):
        thread = self.chance.randrange(self.shape.threads)
        for _ in range(2 * self.shape.depth):
            if not self.take(thread):
                break
        while self.held[thread] and (
                self.chance.random() >= self.shape.mix / 2):
            self.give(thread)

    def end_something(self):
        """A lock's life, or that of all threads."""
        lock = self.chance.randrange(self.shape.locks)
        if self.chance.random() < 0.3:
            self.give_all()
            self.script.append((0, "j", 0))
        elif not self.users[lock]:
            thread = self.chance.randrange(self.shape.threads)
            self.script.append((thread, "n", lock))

    def give_all(self):
        for thread in range(self.shape.threads):
            while self.held[thread]:
                self.give(thread)

    def make(self):
        for _ in range(self.shape.sections * self.shape.threads):
            self.section()
            if self.chance.random() < self.shape.ends:
                self.end_something()
        self.give_all()
        return self.script


# ---- brute force -------------------------------------------------------------

def observations(script):
    """{((held, read), (wanted, read)): {thread: [what it held, …]}}. A lock is
    its number and life, a thread its number and the joins before it."""
    held = collections.defaultdict(dict)
    seen = collections.defaultdict(lambda: collections.defaultdict(set))
    life, joins = collections.Counter(), 0
    for number, what, lock in script:
        thread, one = (joins, number), (lock, life[lock])
        if what == "j":
            joins += 1
        elif what == "n":
            life[lock] += 1
        elif what == "u":
            del held[thread][one]
        else:
            for other in held[thread].items() if what != "t" else ():
                seen[other, (one, what == "r")][thread].add(
                    frozenset(held[thread].items()))
            held[thread][one] = what == "r"
    for of in seen.values():
        for thread, sets in of.items():
            of[thread] = [s for s in sets if not any(o < s for o in sets)]
    return seen


def exclude_each_other(held, others):
    """Two threads cannot hold these at once. Readers share."""
    return any(lock == other and not (read and other_read)
               for lock, read in held for other, other_read in others)


def can_deadlock(seen, most):
    """Is there a circle of at most so many steps that can stand at once?"""
    after = collections.defaultdict(list)
    for (one, one_read), wanted in seen:
        after[one].append((one_read, wanted))

    def steps(at, read):
        """Steps of who holds `at` so that who wants it (`read`) waits."""
        for held_read, wanted in after[at]:
            if held_read and read:
                continue
            for thread, sets in seen[(at, held_read), wanted].items():
                for held in sets:
                    yield held_read, wanted, thread, held

    def walk(first, at, read, so_far):
        for held_read, (to, to_read), thread, held in steps(at, read):
            if any(thread == other or thread[0] != other[0] or
                   exclude_each_other(held, others)
                   for other, others in so_far):
                continue
            if so_far and to == first[0] and not (to_read and first[1]):
                return True
            start = first if so_far else (at, held_read)
            if to > start[0] and len(so_far) + 1 < most and walk(
                    start, to, to_read, so_far + [(thread, held)]):
                return True
        return False

    return any(walk(None, first, False, []) for first in list(after))


# ---- both --------------------------------------------------------------------

def judge(folder, shape, script):
    """Does lockval fail it?"""
    path = folder / "script"
    path.write_text(f"{shape.threads} {shape.locks}\n" + "".join(
        f"{thread} {what} {lock}\n" for thread, what, lock in script))
    done = subprocess.run(
        [LOCKVAL, "run", "--record", folder / "record", "--", PLAYER, path],
        text=True, capture_output=True, timeout=100, check=False)
    assert done.returncode in (0, 66), (done.returncode, done.stderr)
    return done.returncode == 66


def is_right(number, told):
    chance = random.Random(number)
    shape = make_shape(chance)
    script = Program(chance, shape).make()
    truth = can_deadlock(observations(script), shape.threads)
    with tempfile.TemporaryDirectory(prefix="lockval-random-") as folder:
        said = judge(pathlib.Path(folder), shape, script)
    told[truth] += 1
    if truth != said:
        print(f"# program {number} can {'' if truth else 'not '}deadlock, and "
              f"lockval says otherwise: {shape}", flush=True)
    return truth == said


def main(first, count):
    told = collections.Counter()
    right = [is_right(first + i, told) for i in range(count)]
    print(f"{told[True]} programs can deadlock, {told[False]} cannot; "
          f"{right.count(False)} are judged wrongly")
    return 0 if all(right) and told[True] and told[False] else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[3]), int(sys.argv[4])))
