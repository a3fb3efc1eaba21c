# SPDX-License-Identifier: BSD-2-Clause
"""drivers: every real program of the suite, the tests of other projects, and
those of the short set."""
import servers
import suites
import tools

PROGRAMS = {f.__name__: f for f in (
    servers.memcached, servers.redis, servers.nginx, servers.unbound,
    servers.bind9, servers.varnish,
    tools.sqlite, tools.git, tools.xz, tools.zstd, tools.pigz, tools.pbzip2,
    tools.sort, tools.python_threads, tools.python_processes, tools.node,
    tools.gdb, tools.lld, tools.stress, tools.x264, tools.ffmpeg,
    tools.rocksdb, tools.qemu, tools.gstreamer, tools.chromium,
    *suites.SUITES)}

SHORT = ["memcached", "redis", "nginx", "unbound", "sqlite", "git", "xz", "pigz",
         "pbzip2", "python_threads", "python_processes", "node", "stress"]
