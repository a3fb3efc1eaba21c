# SPDX-License-Identifier: BSD-2-Clause
"""suites: other projects' own tests, whose verdicts are the same preloaded.

Each test program is run as its project does. What is compared is its status and
what it says of its cases, not how long they took (`tap`, stage.py). Tests that
are slow, or that differ from run to run by themselves, are left out."""
import pathlib
import re
import shlex

import sources
from stage import Skip, installed

# ---- GLib, of libglib2.0-tests ----------------------------------------------

GLIB = pathlib.Path("/usr/share/installed-tests/glib")
# More than 1.5 s each; as root `file` and `fileutils` fail.
GLIB_LEFT_OUT = """
    1bit-mutex closure-refcount codegen.py file fileutils gdbus-proxy
    gdbus-threading gmenumodel gsubprocess gvariant io-channel-basic
    memory-monitor-portal objects-refcount1 performance performance-threaded
    power-profile-monitor-portal properties-refcount1 properties-refcount3
    sequence signals-refcount1 signals-refcount2 signals-refcount3
    signals-refcount4 slice-eager-freeing slice-malloc slice-memchunk slice-slab
    socket spawn-multithreaded static-link thread-deprecated thread-pool-slow
    timeout unix
""".split()


def glib_tests(on):
    if not GLIB.exists():
        raise Skip("libglib2.0-tests is not installed")
    for told in sorted(GLIB.glob("*.test")):
        if told.stem in GLIB_LEFT_OUT:
            continue
        line = re.search(r"(?m)^Exec=(.*)$", told.read_text())[1]
        on.run(shlex.split(line), kind="tap")


# ---- Python, of libpython3.11-testsuite --------------------------------------

PYTHON = "/usr/bin/python3"
PYTHON_TESTS = """
    test_thread test_threading test_queue test_threading_local
    test_threadsignals test_threadedtempfile test_sched
    test_importlib.test_locks test_asyncio.test_locks test_asyncio.test_threads
    test_concurrent_futures.ThreadPoolExecutorTest
    test_concurrent_futures.ProcessPoolForkProcessPoolExecutorTest
    test_multiprocessing_fork.WithProcessesTestLock
""".split()


def python_tests(on):
    if not list(pathlib.Path("/usr/lib").glob("python3*/test/test_threading.py")):
        raise Skip("libpython3.11-testsuite is not installed")
    for name in PYTHON_TESTS:
        on.run([PYTHON, "-m", "unittest", f"test.{name}"], kind="tap")


# ---- liburcu ----------------------------------------------------------------

FLAVOURS = {"mb": "RCU_MB", "bp": "RCU_BP", "signal": "RCU_SIGNAL",
            "memb": "RCU_MEMBARRIER", "qsbr": "RCU_QSBR -DTORTURE_QSBR"}


def build_urcu(folder):
    """Its tests, with the library that is installed."""
    sources.command(["./configure", "-q"], folder)
    cc = [installed("gcc"), "-w", "-O1", "-g", "-pthread", "-I", "include",
          "-I", "src", "-I", "tests/utils", "-I", "tests/common",
          "tests/utils/tap.c"]
    for flavour, macros in FLAVOURS.items():
        sources.command(
            [*cc, *f"-D{macros}".split(), "tests/regression/urcutorture.c",
             "-o", f"torture-{flavour}",
             "-lurcu" if flavour == "memb" else f"-lurcu-{flavour}"], folder)
    unit = pathlib.Path("tests/unit")
    libraries = ["-lurcu", *(f"-lurcu-{f}" for f in FLAVOURS if f != "memb"),
                 "-lurcu-common"]
    for name in ("test_uatomic", "test_urcu_multiflavor_single_unit"):
        sources.command([*cc, unit / f"{name}.c", "-o", name, *libraries],
                        folder)
    sources.command([*cc, *sorted((folder / unit).glob("*multiflavor-*.c")),
                     unit / "test_urcu_multiflavor.c", "-o",
                     "test_urcu_multiflavor", *libraries], folder)
    sources.command([*cc, "tests/regression/test_urcu_fork.c", "-o",
                     "test_urcu_fork", "-lurcu"], folder)


def urcu_tests(on):
    """Unit tests, the one of fork, and each flavour tortured for a while."""
    folder = sources.built("liburcu")
    for name in ("test_uatomic", "test_urcu_multiflavor",
                 "test_urcu_multiflavor_single_unit"):
        on.run([folder / name], kind="tap")
    on.run([folder / "test_urcu_fork"], kind="tap")
    for flavour in FLAVOURS:
        on.run([folder / f"torture-{flavour}", "2", "stress", "1",
                "callrcu_perthread" if flavour == "memb" else "callrcu_global"],
               kind="tap")


# ---- libuv ------------------------------------------------------------------

def build_uv(folder):
    sources.command([installed("cmake"), "-S", ".", "-B", "out",
                     "-DBUILD_TESTING=ON", "-DCMAKE_BUILD_TYPE=Release"],
                    folder)
    sources.command(["cmake", "--build", "out", "-j2", "--target",
                     "uv_run_tests"], folder)


# The first become another user, who may not write the record of root's: told,
# rightly, as a loss. The others ask the network, or watch the clock.
UV_LEFT_OUT = """
    spawn_setuid_fails spawn_setuid_setgid spawn_setgid_fails
    tcp_connect_timeout tcp_close_while_connecting getaddrinfo_fail getaddrinfo_fail_sync
    hrtime metrics_idle_time metrics_idle_time_thread metrics_idle_time_zero
    udp_multicast_join udp_multicast_join6 udp_multicast_interface
    udp_multicast_interface6 udp_multicast_ttl
""".split()


def uv_tests(on):
    """Each in a process of its own, started in the folder with their files."""
    folder = sources.built("libuv1")
    enter = ["/bin/sh", "-c", 'cd "$1" && UV_RUN_AS_ROOT=1 exec '
             'out/uv_run_tests "$2"', "sh", folder]
    _, names = on.help([*enter, "--list"])
    for name in [line.split()[0] for line in names.splitlines()]:
        if name not in UV_LEFT_OUT:
            on.run([*enter, name], kind="tap")
    return len(on.seen)


# ---- valgrind's helgrind and drd ---------------------------------------------

PLATFORM = ["-DVGO_linux=1", "-DVGA_amd64=1", "-DVGP_amd64_linux=1"]
HAVE = """BUILTIN_ATOMIC PTHREAD_BARRIER PTHREAD_CONDATTR_SETCLOCK
    PTHREAD_MUTEX_ERRORCHECK_NP PTHREAD_MUTEX_RECURSIVE_NP
    PTHREAD_MUTEX_TIMEDLOCK PTHREAD_RWLOCK_TIMEDRDLOCK
    PTHREAD_RWLOCK_TIMEDWRLOCK TLS"""
# No program of Linux's, or they want valgrind itself, boost, or another libc.
VALGRIND_UNBUILT = """annotate_hbefore boost_thread pth_create_glibc_2_0
    thread_name_freebsd tsan_unittest unit_bitmap unit_vc""".split()
# Wait for ever; print what chance has it; take long; spin on what a thread has
# that sleeps, which may take minutes on few processors; unmap their own stack,
# where the kernel writes when it moves the thread before its end (rseq of glibc
# 2.35), so that it dies, alone too.
VALGRIND_LEFT_OUT = """pth_cond_destroy_busy std_list shmem_abits
    annotate_barrier pth_mempcpy_false_races bar_bad annotate_rwlock
    stackteardown""".split()


def build_valgrind(folder):
    """Its test programs alone; the makefiles would want all of valgrind."""
    (folder / "config.h").write_text(
        "".join(f"#define HAVE_{word} 1\n" for word in HAVE.split()))
    for path in [*folder.glob("helgrind/tests/*.c"),
                 *folder.glob("drd/tests/*.c*")]:
        if path.stem in VALGRIND_UNBUILT:
            continue
        shared = path.stem == "dlopen_lib"
        sources.command(
            [installed("gcc" if path.suffix == ".c" else "g++"), "-w", "-g",
             *PLATFORM, "-pthread", "-I.", "-Iinclude", "-Icoregrind",
             *(["-fopenmp"] if path.stem.startswith("omp_") else []),
             *(["-shared", "-fPIC"] if shared else []), path, "-o",
             path.with_suffix(".so" if shared else ""), "-lm", "-lrt", "-ldl"],
            folder)


def programs_of_valgrind(folder):
    """Each program once for each of the arguments that its tests have."""
    seen = set()
    for told in sorted(folder.glob("helgrind/tests/*.vgtest")) + \
            sorted(folder.glob("drd/tests/*.vgtest")):
        text = told.read_text(encoding="utf-8")
        program = re.search(r"(?m)^prog:\s*(\S+)", text)[1]
        args = re.search(r"(?m)^args:[ \t]*(.*)$", text)
        path = (told.parent / program).resolve()
        if path.is_file() and path.name not in VALGRIND_LEFT_OUT and \
                path.parts[-3] in ("helgrind", "drd"):
            seen.add((path, args[1] if args else ""))
    return sorted(seen)


def valgrind_tests(on):
    """Most of them are wrong on purpose: their findings are true."""
    folder = sources.built("valgrind")
    for path, args in programs_of_valgrind(folder):
        on.run([path, *shlex.split(args)], kind="log")


# ---- what they need ---------------------------------------------------------

PACKAGES = {"urcu_tests": ("liburcu", build_urcu), "uv_tests": ("libuv1", build_uv),
            "valgrind_tests": ("valgrind", build_valgrind)}


def fetch_all(names):
    """Whatever cannot be had is told, and skipped later."""
    for name in names:
        if name not in PACKAGES:
            continue
        package, build = PACKAGES[name]
        try:
            sources.fetch(package, build)
        except Skip as why:
            print(f"{package} could not be fetched and built: {why}")


SUITES = (glib_tests, python_tests, urcu_tests, uv_tests, valgrind_tests)
