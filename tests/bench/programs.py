# SPDX-License-Identifier: BSD-2-Clause
"""programs: what whole programs of Debian cost, in seconds of their own CPU.

Servers are loaded by clients that run without the library. Start-up is wall
time, in milliseconds.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

STARTS = 40
SQL = """
import sqlite3, sys, threading
path = sys.argv[1]
def work(n):
    base = sqlite3.connect(path, timeout=60, check_same_thread=False)
    for i in range(240):
        with base:
            base.execute('create table if not exists t%d(k integer, v text)'
                         % n)
            base.executemany('insert into t%d values(?, ?)' % n,
                             [(j, str(j)) for j in range(200)])
        base.execute('select count(*), sum(length(v)) from t%d' % n).fetchall()
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
"""
THREADS = """
import threading, queue
work, results, guard = queue.Queue(), [], threading.Lock()
def serve():
    while (item := work.get()) is not None:
        with guard: results.append(item * item)
threads = [threading.Thread(target=serve) for _ in range(4)]
for t in threads: t.start()
for i in range(200000): work.put(i)
for _ in threads: work.put(None)
for t in threads: t.join()
"""


def there(name):
    needs = {"redis-server": ("redis-server", "redis-benchmark"),
             "sqlite3": ("python3",)}
    return all(shutil.which(p) for p in needs.get(name, (name,)))


def cpu_of(process):
    """Waits, and tells user and system time."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    return usage.ru_utime + usage.ru_stime


def spawn(command, environment, folder):
    return subprocess.Popen(command, env=environment, cwd=folder,
                            stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def plain(command):
    def run(environment):
        with tempfile.TemporaryDirectory() as folder:
            return cpu_of(spawn([w.replace("@", folder) for w in command],
                                environment, folder))
    return run


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port):
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit("compare: a server did not start")


def serve(command, load):
    """A server under load: `command` and `load` get the port."""
    def run(environment):
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            server = spawn(command(port), environment, folder)
            try:
                wait_for_port(port)
                load(port)
            finally:
                server.send_signal(signal.SIGTERM)
                spent = cpu_of(server)
            return spent
    return run


def load_redis(port):
    subprocess.run(["redis-benchmark", "-p", str(port), "-q", "-n", "60000",
                    "-c", "20", "-t", "set,get,lpush,lrange_100"],
                   check=True, timeout=120, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def talk_to_memcached(port, n):
    with socket.create_connection(("127.0.0.1", port)) as s:
        reader = s.makefile("rb")
        for i in range(100000):
            key = f"k{(i * 7 + n) % 500}".encode()
            if i % 4 == 0:
                s.sendall(b"set " + key + b" 0 0 5\r\nhello\r\n")
                reader.readline()
                continue
            s.sendall(b"get " + key + b"\r\n")
            while reader.readline() != b"END\r\n":
                pass


def load_memcached(port):
    clients = [threading.Thread(target=talk_to_memcached, args=(port, n))
               for n in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def start_true(environment):
    before = time.monotonic()
    for _ in range(STARTS):
        subprocess.run([shutil.which("true")], env=environment, check=True)
    return (time.monotonic() - before) / STARTS * 1e3


def make_input(folder):
    path = os.path.join(folder, "input")
    with open(path, "w", encoding="ascii") as f:
        for i in range(400000):
            f.write(f"{i * 2654435761 % 4294967296} {i % 977}\n")
    return path


def run_xz(environment):
    with tempfile.TemporaryDirectory() as folder:
        path = make_input(folder)
        return cpu_of(spawn(["xz", "-T2", "-1", "--block-size=256KiB", path],
                            environment, folder))


USER = ["-u", "root"] if os.getuid() == 0 else []
RUN = {
    "true": start_true,
    "redis-server": serve(
        lambda port: ["redis-server", "--port", str(port), "--save", "",
                      "--io-threads", "2"], load_redis),
    "memcached": serve(
        lambda port: ["memcached", "-t", "4", "-p", str(port), "-l",
                      "127.0.0.1", *USER], load_memcached),
    "sqlite3": plain([sys.executable, "-c", SQL, "@/base"]),
    "xz": run_xz,
    "python3": plain([sys.executable, "-c", THREADS]),
}
