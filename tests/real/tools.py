# SPDX-License-Identifier: BSD-2-Clause
"""tools: those of the real programs that read, work in threads and end."""
import hashlib
import os
import sys

from stage import installed

SQL = """
import sqlite3, sys, threading
def work(n):
    base = sqlite3.connect('db', timeout=60, check_same_thread=False)
    base.execute('create table if not exists t%d(k integer, v text)' % n)
    for i in range(int(sys.argv[1])):
        with base:
            base.executemany('insert into t%d values(?, ?)' % n,
                             [(j, str(j)) for j in range(100)])
        base.execute('select count(*), sum(length(v)) from t%d' % n).fetchall()
    base.close()
# Only while nobody else has it open: that is refused at once otherwise.
base = sqlite3.connect('db')
base.execute('pragma journal_mode=wal')
base.close()
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
base = sqlite3.connect('db')
for n in range(4):
    print(base.execute('select count(*), sum(k) from t%d' % n).fetchall())
"""

THREADS = """
import threading, queue, concurrent.futures, hashlib
work, results, guard = queue.Queue(16), [], threading.Lock()
def serve():
    while (item := work.get()) is not None:
        with guard: results.append(item * item)
threads = [threading.Thread(target=serve) for _ in range(6)]
for t in threads: t.start()
for i in range(20000): work.put(i)
for _ in threads: work.put(None)
for t in threads: t.join()
print(sum(results))
room = threading.Condition(threading.RLock())
turn = 0
def step(n):
    global turn
    for i in range(100):
        with room:
            while turn % 4 != n: room.wait()
            turn += 1
            room.notify_all()
threads = [threading.Thread(target=step, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(turn)
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(hashlib.md5(b''.join(pool.map(
        lambda i: hashlib.sha256(b'x' * 100000 + bytes([i])).digest(),
        range(200)))).hexdigest())
"""

PROCESSES = """
import multiprocessing, os
def square(x): return x * x
def count(value, lock):
    for _ in range(200):
        with lock: value.value += 1
if __name__ == '__main__':
    for way in ('fork', 'spawn', 'forkserver'):
        there = multiprocessing.get_context(way)
        with there.Pool(3) as pool:
            print(way, sum(pool.map(square, range(2000))))
        value, lock = there.Value('i', 0), there.Lock()
        many = [there.Process(target=count, args=(value, lock))
                for _ in range(4)]
        for p in many: p.start()
        for p in many: p.join()
        print(value.value, [p.exitcode for p in many])
        queue = there.Queue()
        one = there.Process(target=queue.put, args=([1] * 1000,))
        one.start(); print(len(queue.get())); one.join()
"""

WORKERS = """
const { Worker, isMainThread, parentPort, workerData } =
    require('worker_threads');
const crypto = require('crypto'), zlib = require('zlib');
if (!isMainThread) {
  const h = crypto.createHash('sha256');
  for (let i = 0; i < 3000; i++) h.update(`${workerData}:${i}`);
  parentPort.postMessage([workerData, h.digest('hex')]);
} else {
  const got = [];
  let left = 12;
  for (let i = 0; i < 12; i++)
    new Worker(__filename, { workerData: i }).on('message', m => got.push(m))
      .on('exit', () => { if (--left === 0) pool(); });
  function pool() {
    let jobs = 40;
    for (let i = 0; i < 20; i++) {
      crypto.pbkdf2('a' + i, 'salt', 2000, 32, 'sha256', (e, key) => {
        got.push(['k' + i, key.toString('hex')]); if (--jobs === 0) end(); });
      zlib.deflate(Buffer.alloc(200000, i), (e, d) => {
        got.push(['z' + i, d.length]); if (--jobs === 0) end(); });
    }
  }
  function end() {
    got.sort((a, b) => String(a[0]).localeCompare(String(b[0])));
    for (const line of got) console.log(line.join(' '));
  }
}
"""


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_data(on, name="data", lines=400000):
    path = on.folder / name
    with open(path, "w", encoding="ascii") as f:
        for i in range(lines):
            f.write(f"{i * 2654435761 % 4294967296} {i % 977}\n")
    return path


def script(on, text, name="script.py"):
    path = on.folder / name
    path.write_text(text, encoding="utf-8")
    return path


# ---- data -------------------------------------------------------------------

def sqlite(on):
    return on.run([sys.executable, script(on, SQL), 40 * on.load])


def git(on):
    """Threads search, pack, and index what they packed."""
    git_path = installed("git")
    os.environ.update(GIT_AUTHOR_DATE="2020-01-01T00:00:00Z",
                      GIT_COMMITTER_DATE="2020-01-01T00:00:00Z",
                      GIT_CONFIG_GLOBAL="/dev/null",
                      GIT_CONFIG_SYSTEM="/dev/null")
    on.environment.update({k: v for k, v in os.environ.items()
                           if k.startswith("GIT_")})
    tree = on.folder / "tree"
    tree.mkdir()
    git_at = [git_path, "-C", tree, "-c", "user.name=a",
              "-c", "user.email=a@b.example", "-c", "gc.auto=0"]
    on.help([*git_at, "init", "-q", "-b", "main"])
    for turn in range(4):
        for i in range(400):
            (tree / f"f{i}").write_text(
                "".join(f"{i} {turn * (j % 7)} {j * i}\n" for j in range(80)),
                encoding="utf-8")
        on.run([*git_at, "add", "."])
        on.run([*git_at, "commit", "-q", "-m", f"turn {turn}"])
    out = [on.run([*git_at, "grep", "--threads=8", "-n", "39 .*39$"])]
    on.run([*git_at, "-c", "pack.threads=4", "repack", "-a", "-d", "-f", "-q"])
    out.append(on.run([*git_at, "fsck", "--full", "--no-progress"]))
    out.append(on.run([*git_at, "-c", "checkout.workers=4", "clone", "-q",
                       "--no-local", tree, on.folder / "copy"]))
    out.append(on.run([*git_at, "log", "--stat", "--no-color"]))
    out.append(on.run([*git_at, "-c", "core.preloadIndex=true", "status"]))
    return [hashlib.sha256(o.encode()).hexdigest() for o in out]


def packed(on, command, name, back):
    """What a packer wrote, unpacked by itself, is what it was given."""
    data = make_data(on)
    on.run([installed(command[0]), *command[1:], "data"])
    on.run([installed(back[0]), *back[1:], name])
    size = data.stat().st_size
    return digest(data), size


def xz(on):
    return packed(on, ["xz", "-T4", "-k", "--block-size=1MiB", "-2"],
                  "data.xz", ["xz", "-T4", "-d", "-f"])


def zstd(on):
    return packed(on, ["zstd", "-q", "-k", "-T4", "-9"], "data.zst",
                  ["zstd", "-q", "-d", "-f"])


def pigz(on):
    return packed(on, ["pigz", "-k", "-p", "4", "-b", "128"], "data.gz",
                  ["pigz", "-d", "-f", "-p", "4"])


def pbzip2(on):
    return packed(on, ["pbzip2", "-k", "-p4", "-1", "-q"], "data.bz2",
                  ["pbzip2", "-d", "-f", "-p4", "-q"])


def sort(on):
    make_data(on)
    out = on.run([installed("sort"), "--parallel=4", "-S", "40M", "-n", "-o",
                  "sorted", "data"])
    return out, digest(on.folder / "sorted")


def x264(on):
    path = installed("x264")
    raw = on.folder / "in.yuv"
    with open(raw, "wb") as f:
        for n in range(60):
            f.write(bytes((i * 3 + n * 5) % 256 for i in range(176 * 144)))
            f.write(bytes([128 + n]) * (176 * 144 // 2))
    on.run([path, "--threads", "4", "--quiet", "--no-progress", "--preset",
            "medium", "--input-res", "176x144", "--fps", "25", "-o", "out.264",
            "in.yuv"], kind="log")
    return digest(on.folder / "out.264")


def ffmpeg(on):
    path = installed("ffmpeg")
    on.run([path, "-nostdin", "-v", "error", "-f", "lavfi", "-i",
            "testsrc=size=320x240:rate=25:duration=4", "-f", "lavfi", "-i",
            "sine=frequency=440:duration=4", "-c:v", "mpeg2video", "-threads",
            "4", "-c:a", "flac", "-bitexact", "-y", "out.mkv"])
    out = on.run([path, "-nostdin", "-v", "error", "-threads", "4", "-i",
                  "out.mkv", "-f", "md5", "-"])
    return out, digest(on.folder / "out.mkv")


def gstreamer(on):
    path = installed("gst-launch-1.0")
    on.environment["GST_REGISTRY"] = str(on.folder / "registry")
    on.environment["GST_REGISTRY_FORK"] = "no"
    on.run([path, "-q", "videotestsrc", "num-buffers=300", "!", "queue", "!",
            "videoconvert", "!", "tee", "name=t", "t.", "!", "queue", "!",
            "filesink", "location=one", "t.", "!", "queue", "!", "fakesink",
            "audiotestsrc", "num-buffers=300", "!", "queue", "!",
            "audioconvert", "!", "queue", "!", "filesink", "location=two"])
    return digest(on.folder / "one"), digest(on.folder / "two")


def rocksdb(on):
    path = installed("db_bench")
    on.run([path, f"--db={on.folder}/db", "--num=40000", "--threads=4",
            "--benchmarks=fillrandom,readwhilewriting,compact,stats",
            "--max_background_jobs=4", "--write_buffer_size=1000000",
            "--disable_wal=0", "--duration=3"], kind="none")
    return (on.folder / "db" / "CURRENT").exists()


# ---- languages and their tools ----------------------------------------------

def python_threads(on):
    return on.run([sys.executable, script(on, THREADS)])


def python_processes(on):
    return on.run([sys.executable, script(on, PROCESSES)])


def node(on):
    return on.run([installed("node"), script(on, WORKERS, "script.js")])


PROGRAM = """
#include <pthread.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int n;
static void *work(void *p) { pthread_mutex_lock(&m); n++;
  pthread_mutex_unlock(&m); return p; }
int main(void) { pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  return n == 4 ? 3 : 1; }
"""


def gdb(on):
    """Of itself and, by inheritance, of what it debugs."""
    path, cc = installed("gdb"), installed("gcc")
    script(on, PROGRAM, "p.c")
    on.help([cc, "-g", "-pthread", "-o", "p", "p.c"])
    on.run([path, "-q", "-nx", "-batch", "-ex", "set debuginfod enabled off",
            "-ex", "break work", "-ex", "run", "-ex", "bt 1", "-ex", "delete",
            "-ex", "continue", on.folder / "p"], kind="none")
    return on.run([path, "-q", "-nx", "-batch", "-ex", "info line work",
                   on.folder / "p"])


def lld(on):
    path, cc = installed("ld.lld-14", "ld.lld"), installed("gcc")
    link = on.folder / "ld.lld"
    link.symlink_to(path)
    for i in range(60):
        script(on, "".join(f"int f{i}_{j}(int x) {{ return x * {j}; }}\n"
                           for j in range(100)), f"o{i}.c")
    on.help([cc, "-O1", "-c",
             *[f"o{i}.c" for i in range(60)]])
    on.run([link, "--threads=4", "-shared", "--build-id=sha1", "--gc-sections",
            "-o", "out.so", *[f"o{i}.o" for i in range(60)]])
    return digest(on.folder / "out.so")


# ---- locks for their own sake -----------------------------------------------

STRESSORS = ["sem", "sem-sysv", "flock", "lockf", "locka", "lockbus",
             "futex", "pthread", "fifo", "mq", "vfork", "fork", "clone",
             "signal", "sigsuspend", "peterson", "tsearch"]


def stress(on):
    """Each stressor does a fixed amount of work: its status is its own. That
    of mutexes fails, alone too, where the amount is done before its threads
    begin: it gets a second instead. `daemon` asks for no new privileges, after
    which no file is opened: its children have no record, which is told."""
    path = installed("stress-ng")
    on.run([path, "--quiet", "--mutex", "2", "--timeout", "1"], kind="log")
    for name in STRESSORS:
        on.run([path, "--quiet", f"--{name}", "2", f"--{name}-ops", "200",
                "--timeout", "5", "--temp-path", on.folder], kind="log")


# ---- large ones -------------------------------------------------------------

def qemu(on):
    """A machine without a system: its state is saved, loaded and ended."""
    path, image = installed("qemu-system-x86_64"), installed("qemu-img")
    on.help([image, "create", "-f", "qcow2", "disk", "16M"])
    return on.run(
        [path, "-accel", "tcg,thread=multi", "-smp", "2", "-m", "32",
         "-display", "none", "-nodefaults", "-monitor", "stdio", "-drive",
         "file=disk,format=qcow2,if=virtio,aio=threads"],
        "savevm one\ninfo status\nstop\nloadvm one\ncont\nquit\n", "log")


def chromium(on):
    path = installed("chromium", "chromium-browser")
    page = on.folder / "page.html"
    page.write_text("<p id=x></p><script>let s=0;for(let i=0;i<1e6;i++)s+=i;"
                    "x.textContent=s</script>", encoding="utf-8")
    server = on.serve(
        [path, "--headless", "--no-sandbox", "--disable-gpu",
         "--user-data-dir=" + str(on.folder / "profile"), "--dump-dom",
         "--disable-dev-shm-usage", page.as_uri()], "none")
    server.wait()
    return server.text(0)
