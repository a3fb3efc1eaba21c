# SPDX-License-Identifier: BSD-2-Clause
"""stage: where a driver of a real program runs it, alone or preloaded.

A driver is a function of a Stage. What it runs by `run` and `serve` is the
program under test; `help` runs a client or a reader of results, never
preloaded. What the driver returns, and what `run` and `serve` saw, must be the
same alone and preloaded: statuses, and both streams but for what `plain` takes
out. CPU time is that of the program alone, of its children too. What does not
end in time is killed, and its status is LATE.
"""
import atexit
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

SECONDS = 240
START_SECONDS = 30
LATE = "late"  # the status of what did not end within SECONDS

# A case of the Test Anything Protocol; what Python's unittest ends with.
NOT_VERDICT = re.compile(r" in [0-9.]+s$| *#.*|(?<=seed:)\d+")
VERDICT = re.compile(r"(not )?ok\b|1\.\.\d|Bail out|Ran \d+ test|OK|FAILED")


class Skip(Exception):
    """A program is not installed."""


def installed(*names):
    for name in names:
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if path:
            return path
    raise Skip(f"{' or '.join(names)} is not installed")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program that runs until it is told to end."""

    def __init__(self, stage, command, kind):
        self.stage = stage
        self.name = f"{len(stage.seen)}"
        self.streams = [open(stage.folder / f".{self.name}.{n}", "w+b")
                        for n in ("out", "err")]
        self.kind = kind
        self.command = command
        self.process = subprocess.Popen(
            command, cwd=stage.folder, env=stage.environment,
            stdin=subprocess.DEVNULL, stdout=self.streams[0],
            stderr=self.streams[1], start_new_session=True)
        self.late = False
        self.watchdog = threading.Timer(SECONDS, self.kill_late)
        self.watchdog.start()
        atexit.register(self.kill)

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def kill_late(self):
        self.late = True
        self.kill()

    def answers(self, port):
        """Waits until somebody listens on the port."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.kill()
        raise RuntimeError("the server does not answer: "
                           + self.text(1)[-400:] + self.text(0)[-400:])

    def text(self, which):
        self.streams[which].seek(0)
        return self.streams[which].read().decode("utf-8", "replace")

    def wait(self):
        """The program ends by itself; its status and streams are kept."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.watchdog.cancel()
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.late &= self.process.returncode == -signal.SIGKILL
        self.stage.cpu += usage.ru_utime + usage.ru_stime
        self.stage.keep(LATE if self.late else self.process.returncode,
                        self.text(0), self.text(1), self.kind, self.command)
        self.kill()  # what it left behind
        atexit.unregister(self.kill)
        return self.process.returncode

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()


class Stage:
    def __init__(self, folder, environment, load=1):
        self.folder = pathlib.Path(folder)
        self.environment = environment
        self.load = load
        self.cpu = 0.0
        self.seen = []
        self.ports = []
        self.servers = []

    def port(self):
        self.ports.append(free_port())
        return self.ports[-1]

    def plain(self, text, kind):
        """A stream without what differs from run to run. `exact`: the folder
        and ports; `log`: the set of lines without numbers as well; `tap`:
        what a test says of its cases."""
        text = text.replace(str(self.folder), "FOLDER")
        for port in self.ports:
            text = re.sub(rf"\b{port}\b", "PORT", text)
        if kind == "none":
            return ""
        if kind == "tap":
            return "\n".join(re.sub(NOT_VERDICT, "", line)
                             for line in text.splitlines() if VERDICT.match(line))
        if kind == "log":
            text = re.sub(r"0x[0-9a-f]+|\d+", "#", text)
            return "\n".join(sorted(set(text.splitlines())))
        return text

    def keep(self, status, out, err, kind, command):
        self.seen.append((status, self.plain(out, kind), self.plain(err, kind),
                          " ".join(command)))

    def run(self, command, text=None, kind="exact"):
        """The program, to its end: what it wrote."""
        server = self.serve(command, kind) if text is None else None
        if server:
            server.wait()
            return server.text(0)
        path = self.folder / ".in"
        path.write_text(text, encoding="utf-8")
        return self.run(["/bin/sh", "-c", 'exec "$@" <.in', "sh", *command],
                        kind=kind)

    def serve(self, command, kind="log"):
        self.servers.append(Server(self, [str(word) for word in command], kind))
        return self.servers[-1]

    def close(self):
        """Ends what a driver that failed left running."""
        for server in self.servers:
            if server.process.returncode is None:
                server.end(signal.SIGKILL)

    def help(self, command, text=None):
        done = subprocess.run(
            [str(word) for word in command], cwd=self.folder, input=text,
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=SECONDS, encoding="utf-8", errors="replace")
        return done.returncode, done.stdout
