# SPDX-License-Identifier: BSD-2-Clause
"""count: instructions of one acquisition and its release.

Two runs of different length; the difference is what the steady state costs,
start-up and learning left out.
"""
import re
import shutil
import subprocess
import tempfile

SHORT, LONG = 20000, 70000
PAIRS = 2  # locks of one step of `load quick`


def installed(program):
    return shutil.which(program) is not None


def by_callgrind(command, environment):
    result = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
         *command], env=environment, check=True, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300)
    return int(re.search(r"Collected : (\d+)", result.stderr).group(1))


def by_perf(command, environment):
    result = subprocess.run(
        ["perf", "stat", "-x,", "-e", "instructions:u", *command],
        env=environment, check=True, text=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, timeout=300)
    return int(result.stderr.strip().split(",")[0])


def count(build, environments):
    """[{workload, native, preloaded, by}]; empty where no counter works."""
    program = str(build / "tests/bench/load")
    for name, counter in (("callgrind", by_callgrind), ("perf", by_perf)):
        if not installed("valgrind" if name == "callgrind" else name):
            continue
        with tempfile.TemporaryDirectory(prefix="lockval-bench-") as record:
            values = []
            try:
                for environment in environments(build, record):
                    short, long = (
                        counter([program, "quick", str(n)], environment)
                        for n in (SHORT, LONG))
                    values.append((long - short) / (LONG - SHORT) / PAIRS)
            except (subprocess.SubprocessError, AttributeError, ValueError):
                continue
        return [{"workload": "lock and unlock a mutex", "by": name,
                 "native": round(values[0], 1),
                 "preloaded": round(values[1], 1)}]
    return []


def show(counted):
    for c in counted:
        print(f"{c['workload']}: {c['native']:g} instructions alone, "
              f"{c['preloaded']:g} preloaded ({c['by']})")
