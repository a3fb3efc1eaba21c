# SPDX-License-Identifier: BSD-2-Clause
"""rows: what is measured, and what it may cost."""
import dataclasses


@dataclasses.dataclass
class Row:
    """`words`: the program and its arguments; `case`: which of its measures;
    `of`: what the budget is of, see measure()."""
    name: str
    words: tuple
    case: str
    budget: float
    of: str = "ratio"
    peers: tuple = ()
    unit: str = "ns"
    rounds: int = 99

    def measure(self, native, ours, peers):
        if self.of == "ratio":
            return ours / native
        if self.of == "more":  # than native, in the unit
            return ours - native
        if self.of in peers:  # a peer's time in the same run
            return ours / peers[self.of]
        return None


LOAD, NEST, MANY = ("load",), ("nest",), 1000000
ROWS = [
    *(Row(f"{depth} nested", NEST, str(depth), 1.20,
          peers=("tsan", "helgrind")) for depth in (1, 2, 4, 8)),
    Row("two threads, own locks", (*LOAD, "own"), "", 1.20, peers=("tsan",)),
    Row("two threads, one lock", (*LOAD, "one"), "", 1.15, peers=("tsan",)),
    Row("rwlock read", (*LOAD, "read"), "", 1.20, peers=("tsan",)),
    Row("condvar ping-pong", (*LOAD, "cond"), "", 1.10, peers=("tsan",)),
    Row("semaphore ping-pong", (*LOAD, "sem"), "", 1.10, peers=("tsan",)),
    Row("thread create and join", (*LOAD, "create"), "", 1.15,
        peers=("tsan",)),
    Row("64 threads, 1000 locks, depth 3", (*LOAD, "many"), "", 1.40,
        peers=("tsan",)),
    Row("heap mutexes, first pass", (*LOAD, "heap"), "first", 0.7, "tsan",
        ("tsan",)),
    Row("heap mutexes, second pass", (*LOAD, "heap"), "second", 2.5,
        peers=("tsan",)),
    Row("heap mutexes, bytes live", (*LOAD, "heap"), "live", 160, "more",
        ("tsan",), "bytes"),
    Row("heap mutexes, bytes destroyed", (*LOAD, "heap"), "gone", 16, "more",
        ("tsan",), "bytes"),
    *(Row(f"forward pairs, {n}", (*LOAD, "forward", str(n)), str(n), 1.0,
          "absl", ("absl",)) for n in (1000, 10000, 100000)),
    Row("reverse chain, 30000", (*LOAD, "reverse", "30000"), "", 0.01, "absl",
        ("absl", "tsan")),
    Row("start-up of true", ("true",), "", 3, "more", (), "ms"),
    *(Row(name, (name,), "", 1.03, unit="s of CPU") for name in (
        "redis-server", "memcached", "sqlite3", "xz", "python3")),
]
