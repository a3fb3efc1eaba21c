#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""smoke: a program of Debian behaves under the validator as it does alone.

    smoke.py LOCKVAL NAME [LOAD]

LOAD multiplies what redis is asked. The same output and the same status, and no finding that gates. Skipped (77)
where the program is not installed; `tools/dev test` installs them.
"""
import functools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

SKIPPED = 77
SECONDS = 60
SERVER_SECONDS = 90
HINTS = {"class-inferred", "guarded", "ordered", "single-thread"}

THREADS = """
import threading, queue
work, results = queue.Queue(), []
guard = threading.Lock()
def serve():
    while (item := work.get()) is not None:
        with guard:
            results.append(item * item)
threads = [threading.Thread(target=serve) for _ in range(4)]
for t in threads: t.start()
for i in range(200): work.put(i)
for _ in threads: work.put(None)
for t in threads: t.join()
print(sum(results))
"""

SQL = """
create table t(k integer primary key, v text);
with recursive c(i) as (select 1 union all select i + 1 from c where i < 5000)
  insert into t select i, hex(i) from c;
select count(*), sum(length(v)) from t;
"""


class Skip(Exception):
    """A program is not installed."""


def installed(*names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise Skip(f"{' or '.join(names)} is not installed")


def run(command, folder, text=None):
    """(status, output) of a command that ends by itself."""
    result = subprocess.run(command, cwd=folder, input=text, check=False,
                            stdout=subprocess.PIPE, timeout=SECONDS,
                            encoding="utf-8", errors="replace")
    return result.returncode, result.stdout


# ---- one function per program: takes a prefix of the command line -----------

def ls(prefix, folder):
    return run(prefix + [installed("ls"), "-l", "/usr/lib"], folder)


def git(prefix, folder):
    """A history of three commits, read back with patches."""
    git_path = installed("git")
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    os.environ.update(GIT_AUTHOR_DATE="2020-01-01T00:00:00Z",
                      GIT_COMMITTER_DATE="2020-01-01T00:00:00Z",
                      GIT_CONFIG_GLOBAL="/dev/null")
    run([git_path, "init", "-q"], folder)
    for i in range(3):
        (folder / "file").write_text(f"{i}\n" * 50, encoding="utf-8")
        run([git_path, "add", "file"], folder)
        run([git_path, *who, "commit", "-q", "-m", f"change {i}"], folder)
    return run(prefix + [git_path, "--no-pager", "log", "-p"], folder)


def python(prefix, folder):
    return run(prefix + [sys.executable, "-c", THREADS], folder)


def xz(prefix, folder):
    """Two threads compress; what they wrote is read back."""
    xz_path = installed("xz")
    data = folder / "data"
    data.write_bytes(bytes(i * i % 251 for i in range(3 << 20)))
    status, _ = run(prefix + [xz_path, "-T2", "--block-size=1MiB", "-1", "-k",
                              "data"], folder)
    packed = folder / "data.xz"
    back = subprocess.run([xz_path, "-dc", packed], check=False,
                          stdout=subprocess.PIPE, timeout=SECONDS).stdout
    return status, back == data.read_bytes()


def sqlite(prefix, folder):
    return run(prefix + [installed("sqlite3"), "db"], folder, SQL)


def redis_program(folder):
    """Debian keeps the server in redis-tools, as another of its names."""
    path = installed("redis-server", "redis-check-rdb")
    link = folder / "redis-server"
    link.symlink_to(os.path.realpath(path))
    return str(link)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def redis(prefix, folder, load=1):
    """A server on loopback, with saving and io threads, under a short load."""
    bench, client = installed("redis-benchmark"), installed("redis-cli")
    port = str(free_port())
    server = subprocess.Popen(
        prefix + [redis_program(folder), "--port", port, "--bind", "127.0.0.1",
                  "--io-threads", "2", "--save", "", "--appendonly", "yes",
                  "--dir", str(folder), "--daemonize", "no"],
        stdout=subprocess.PIPE, text=True, start_new_session=True)
    watchdog = threading.Timer(SERVER_SECONDS, os.killpg,
                               (server.pid, signal.SIGKILL))
    watchdog.start()
    try:
        for line in server.stdout:
            if "Ready to accept connections" in line:
                break
        ask = [client, "-h", "127.0.0.1", "-p", port]
        asked = [bench, "-h", "127.0.0.1", "-p", port, "-q", "-n",
                str(2000 * load), "-c", "10", "-t", "set,get,lpush,lrange_100"]
        loaded, _ = run(asked, folder)
        answers = [run(ask + words, folder) for words in (
            ["set", "key", "value"], ["get", "key"], ["bgrewriteaof"],
            ["dbsize"], ["shutdown", "nosave"])]
        server.communicate(timeout=SECONDS)
        return server.returncode, (loaded, answers[:2])
    finally:
        watchdog.cancel()
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)


PROGRAMS = {f.__name__: f for f in (ls, git, python, xz, sqlite, redis)}


# ---- the comparison ---------------------------------------------------------

def in_folder(program, prefix):
    with tempfile.TemporaryDirectory(prefix="lockval-smoke-") as folder:
        return program(prefix, pathlib.Path(folder))


def gating(lockval, record):
    """What the report says that gates, and how many locks were taken."""
    text = subprocess.run([lockval, "report", record, "--format", "json"],
                          check=False, timeout=SECONDS,
                          stdout=subprocess.PIPE).stdout
    report = json.loads(text)
    found = [f"{f['kind']} {f['grade']}: {f['message']}"
             for f in report["findings"] if f["grade"] not in HINTS]
    return found, report["stats"]


def compare(lockval, program):
    alone = in_folder(program, [])
    with tempfile.TemporaryDirectory(prefix="lockval-record-") as record:
        prefix = [lockval, "run", "--record", record, "--"]
        validated = in_folder(program, prefix)
        found, stats = gating(lockval, record)
    if validated != alone:
        return f"alone: {alone}\nunder the validator: {validated}\n{found}"
    if found:
        return "\n".join(found)
    print(f"same as alone; {stats}")
    return 0


def main(lockval, name, load="1"):
    program = PROGRAMS[name]
    if load != "1":
        program = functools.partial(program, load=int(load))
    try:
        return compare(os.path.realpath(lockval), program)
    except Skip as skip:
        print(f"skipped: {skip}")
        return SKIPPED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
