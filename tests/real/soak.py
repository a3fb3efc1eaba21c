# SPDX-License-Identifier: BSD-2-Clause
"""soak: memcached and redis preloaded, under load for as long as was asked.
Their memory is flat once they are warm, and no event is lost."""
import tempfile
import time

import servers
import stage

FLAT = 1.15  # what warm memory may grow by, and
SPARE_KB = 4096  # this much in any case


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def load_memcached(on, port):
    servers.together(lambda n: servers.talk_to_memcached(port, n, 2000), 4)


def load_redis(on, port):
    on.help([servers.installed("redis-benchmark"), "-h", "127.0.0.1", "-p",
             port, "-q", "-n", 5000, "-c", 20, "-r", 1000, "-t",
             "set,get,incr,lpush,lpop"])


def start(on, name, port):
    if name == "memcached":
        return on.serve([servers.installed("memcached"), "-u", "root", "-l",
                         "127.0.0.1", "-p", port, "-t", "4", "-m", "64"])
    return on.serve([servers.redis_program(on), "--port", port, "--bind",
                     "127.0.0.1", "--io-threads", 2, "--save", ""], "none")


LOADS = {"memcached": load_memcached, "redis": load_redis}


def soak_one(name, environment, seconds):
    """Memory after the first load, when warm and at the end, in KiB; status."""
    with tempfile.TemporaryDirectory(prefix="lockval-soak-") as folder:
        on = stage.Stage(folder, environment)
        port = on.port()
        server = start(on, name, port)
        server.watchdog.cancel()
        try:
            server.answers(port)
            begin = time.monotonic()
            LOADS[name](on, port)
            first, warm = resident_kb(server.process.pid), None
            while time.monotonic() < begin + seconds:
                LOADS[name](on, port)
                if server.process.poll() is not None:
                    raise RuntimeError(f"{name} ended under load, with "
                                       f"{server.process.returncode}")
                if warm is None and time.monotonic() > begin + seconds / 4:
                    warm = resident_kb(server.process.pid)
            last = resident_kb(server.process.pid)
        except BaseException:
            server.kill()
            raise
        status = server.end()
        return first, warm or last, last, status


def soak(environment, report, seconds, names):
    """The same time each; 0 where memory is flat and nothing was lost.
    `environment(record)` is the program's, `report(record)` what it left."""
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix="lockval-record-") as record:
            first, warm, last, status = soak_one(
                name, environment(record), seconds / len(names))
            _, told, _ = report(record)
        stats = told["stats"]
        fails = [f["message"] for f in told["findings"]
                 if f["grade"] in ("deadlock", "inversion", "class")]
        good = status == 0 and not stats["lost"] and not fails and \
            last <= warm * FLAT + SPARE_KB
        failed += not good
        print(f"{name}: {stats['acquisitions']} acquisitions, "
              f"{stats['instances']} locks, {stats['threads']} threads, "
              f"{stats['lost']} lost, memory {first} KiB at first, {warm} KiB "
              f"warm, {last} KiB at the end, status {status}: "
              f"{'flat' if good else 'FAILS'} {fails or ''}", flush=True)
    return 1 if failed else 0
