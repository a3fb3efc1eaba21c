# SPDX-License-Identifier: BSD-2-Clause
"""servers: those of the real programs that listen, on loopback, as the user
who runs the suite, in a folder of their own, and under a load that has the
same answers every time."""
import hashlib
import http.client
import random
import socket
import struct
import threading
import time

import stage
from stage import installed


def together(work, count):
    """work(0..count-1) in threads of ours; what each returned. One that fails,
    or does not end, is an error: there would be nothing to compare."""
    results = [RuntimeError("a client did not end")] * count

    def one(n):
        try:
            results[n] = work(n)
        except Exception as trouble:
            results[n] = trouble

    threads = [threading.Thread(target=one, args=(n,), daemon=True)
               for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(stage.SECONDS)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


# ---- memcached --------------------------------------------------------------

def talk_to_memcached(port, n, requests):
    """Sets, gets, deletes and counts keys of its own; a digest of the answers."""
    digest = hashlib.sha256()
    draw = random.Random(n)
    with socket.create_connection(("127.0.0.1", port), 30) as link:
        reader = link.makefile("rb")

        def ask(line, until=None):
            link.sendall(line)
            while answer := reader.readline():
                digest.update(answer)
                if until is None or answer == until:
                    return
            raise RuntimeError("memcached hung up")

        for _ in range(requests):
            key = f"k{n}.{draw.randrange(300)}".encode()
            choice = draw.randrange(8)
            if choice < 2:
                body = bytes([65 + choice]) * draw.randrange(1, 3000)
                ask(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(body), body))
            elif choice == 2:
                ask(b"delete " + key + b"\r\n")
            elif choice == 3:
                ask(b"touch " + key + b" 0\r\n")
            else:
                ask(b"get " + key + b"\r\n", b"END\r\n")
        ask(b"stats\r\n" * 0 + b"version\r\n")
    return digest.hexdigest()


def memcached(on):
    path = installed("memcached")
    port = on.port()
    server = on.serve([path, "-u", "root", "-l", "127.0.0.1", "-p", port,
                       "-t", "4", "-m", "64", "-o", "slab_automove=1"])
    server.answers(port)
    answers = together(lambda n: talk_to_memcached(port, n, 4000 * on.load), 4)
    server.end()
    return answers


# ---- redis ------------------------------------------------------------------

def redis_program(on):
    """Debian keeps the server in redis-tools, as another of its names."""
    link = on.folder / "redis-server"
    link.symlink_to(installed("redis-server", "redis-check-rdb"))
    return link


def redis(on):
    bench, client = installed("redis-benchmark"), installed("redis-cli")
    port = on.port()
    # Its log has times, sizes and the pace of a fork: none is the program's
    # behaviour.
    server = on.serve(
        [redis_program(on), "--port", port, "--bind", "127.0.0.1",
         "--io-threads", 2, "--io-threads-do-reads", "yes", "--save", "",
         "--appendonly", "yes", "--dir", on.folder], "none")
    server.answers(port)
    ask = [client, "-h", "127.0.0.1", "-p", port]
    loaded, _ = on.help([bench, "-h", "127.0.0.1", "-p", port, "-q", "-n",
                         10000 * on.load, "-c", 20, "-P", 10, "-t",
                         "set,get,incr,lpush,lrange_100"])
    answers = [on.help(ask + words) for words in (
        ["set", "key", "value"], ["get", "key"], ["bgrewriteaof"],
        ["bgsave", "schedule"])]
    for _ in range(400):
        _, state = on.help(ask + ["info", "persistence"])
        if "rdb_bgsave_in_progress:0" in state and \
                "aof_rewrite_in_progress:0" in state and \
                "aof_rewrite_scheduled:0" in state:
            break
    kept = [line for line in state.split() if "last_bg" in line
            and "status" in line]
    answers += [kept, on.help(ask + ["flushall", "async"]),
                on.help(ask + ["dbsize"]), on.help(ask + ["shutdown"])]
    server.wait()
    return loaded, answers


# ---- web servers ------------------------------------------------------------

def get_pages(port, names, count):
    """Digests of what is at each name, asked for count times on one link."""
    digests = []
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for i in range(count):
        link.request("GET", "/" + names[i % len(names)])
        answer = link.getresponse()
        digests.append((answer.status,
                        hashlib.sha256(answer.read()).hexdigest()))
    link.close()
    return sorted(set(digests))


def write_pages(folder, count=8):
    pages = folder / "pages"
    pages.mkdir()
    for i in range(count):
        (pages / f"{i}").write_bytes(bytes([i]) * (4096 << i))
    return [f"{i}" for i in range(count)] + ["missing"]


NGINX = """
daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/log;
thread_pool default threads=4; events {{ worker_connections 64; }}
http {{ access_log off; aio threads; aio_write on; sendfile off;
  directio 64k; output_buffers 2 64k;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/pages; }} }}
"""


def nginx(on):
    path = installed("nginx")
    port = on.port()
    names = write_pages(on.folder)
    (on.folder / "conf").write_text(
        ("user root;" if not stage.os.geteuid() else "")
        + NGINX.format(folder=on.folder, port=port), encoding="utf-8")
    server = on.serve([path, "-p", on.folder, "-e", on.folder / "log",
                       "-c", on.folder / "conf"])
    server.answers(port)
    answers = together(lambda _: get_pages(port, names, 150 * on.load), 8)
    server.end(stage.signal.SIGQUIT)
    return answers


# ---- name servers -----------------------------------------------------------

def query(name, number):
    labels = b"".join(bytes([len(part)]) + part.encode()
                      for part in name.split("."))
    return struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + labels + \
        b"\0" + struct.pack(">2H", 1, 1)


def answers_names(port, name):
    """Waits until a server that listens has loaded its zones."""
    for _ in range(200):
        if ask_names(port, [name], 0)[1][0][0] == 0:
            return
        time.sleep(0.05)
    raise RuntimeError("the name server does not know its zone")


def ask_names(port, names, n):
    """(code, answers, last address) of each name, over UDP."""
    seen = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(3)
        link.connect(("127.0.0.1", port))
        for i, name in enumerate(names):
            for _ in range(10):
                link.send(query(name, (n << 12 | i) & 0xffff))
                try:
                    answer = link.recv(4096)
                    break
                except OSError:
                    continue
            head = struct.unpack(">6H", answer[:12])
            seen.append((head[1] & 15, head[3],
                         socket.inet_ntoa(answer[-4:]) if head[3] else ""))
    return hashlib.sha256(repr(seen).encode()).hexdigest(), seen[:2]


UNBOUND = """
server:
  interface: 127.0.0.1
  port: {port}
  num-threads: 4
  do-daemonize: no
  use-syslog: no
  logfile: ""
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  do-not-query-localhost: no
  local-zone: "example." static
{data}
remote-control:
  control-enable: no
"""


def unbound(on):
    path = installed("unbound")
    port = on.port()
    names = [f"h{i}.example" for i in range(300)]
    data = "\n".join(f'  local-data: "h{i}.example. A 10.0.{i // 200}.{i % 200}"'
                     for i in range(250))
    (on.folder / "conf").write_text(
        UNBOUND.format(folder=on.folder, port=port, data=data),
        encoding="utf-8")
    server = on.serve([path, "-d", "-c", on.folder / "conf"])
    server.answers(port)
    answers = together(lambda n: ask_names(port, names * 5 * on.load, n), 4)
    server.end()
    return answers


BIND = """
options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }}; pid-file none; recursion no;
  session-keyfile "{folder}/session"; allow-transfer {{ any; }};
  dnssec-validation no; notify no; }};
controls {{ }};
zone "example" {{ type master; file "{folder}/zone"; allow-update {{ any; }}; }};
"""


def bind9(on):
    path, dig = installed("named"), installed("dig")
    update = installed("nsupdate")
    port = on.port()
    (on.folder / "conf").write_text(
        BIND.format(folder=on.folder, port=port), encoding="utf-8")
    (on.folder / "zone").write_text(
        "$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n"
        + "".join(f"h{i} A 10.0.{i // 200}.{i % 200}\n" for i in range(250)),
        encoding="utf-8")
    server = on.serve([path, "-g", "-n", "4", "-c", on.folder / "conf"], "none")
    server.answers(port)
    answers_names(port, "h0.example")
    names = [f"h{i}.example" for i in range(300)]
    answers = together(lambda n: ask_names(port, names * 3 * on.load, n), 4)
    for i in range(20):
        answers.append(on.help(
            [update], f"server 127.0.0.1 {port}\nzone example\n"
            f"update add new{i}.example. 60 A 10.9.9.{i}\nsend\n"))
    status, text = on.help([dig, "@127.0.0.1", "-p", port, "+tcp", "+noall",
                            "+answer", "axfr", "example"])
    server.end()
    return answers, status, text.count("\tA\t") or text.count(" A ")


VARNISH = """
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{port}"; }}
"""


def varnish(on):
    """Before a web server of our own."""
    path = installed("varnishd")
    back, port = on.port(), on.port()
    names = write_pages(on.folder, 4)
    (on.folder / "vcl").write_text(VARNISH.format(port=back), encoding="utf-8")
    behind = stage.subprocess.Popen(
        [stage.sys.executable, "-m", "http.server", "--bind", "127.0.0.1",
         "--directory", str(on.folder / "pages"), str(back)],
        stdout=stage.subprocess.DEVNULL, stderr=stage.subprocess.DEVNULL)
    try:
        server = on.serve([path, "-F", "-j", "none", "-n", on.folder / "v",
                           "-a", f"127.0.0.1:{port}", "-f", on.folder / "vcl",
                           "-s", "malloc,32m", "-p", "thread_pools=2"], "log")
        server.answers(port)
        answers = together(lambda _: get_pages(port, names, 100 * on.load), 8)
        server.end()
    finally:
        behind.kill()
        behind.wait()
    return answers
