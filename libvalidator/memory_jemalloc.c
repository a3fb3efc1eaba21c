/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_jemalloc.c: memory.h from a private copy of jemalloc, for
 * libvalidator.so.
 *
 * jemalloc/private-copy.sh renames everything that jemalloc defines to lv_je_*
 * and every call that could reach the program or our own hooks to lv_os_*; the
 * latter are defined here. jemalloc's locks are our futex locks, its memory
 * comes from system calls, and configuration cannot reach it from outside.
 *
 * How it is set up, and why:
 *  - No thread caches (tcache:false). They would cost tens of KiB for each of
 *    the program's threads, and a pthread key and a destructor to give them
 *    back, which late TLS destructors would outlive. A pair of calloc and free
 *    then costs about 0.2 us instead of 0.02; the slow path can pay that. What
 *    is left of a thread in the allocator is 2.6 KiB of zeroed TLS that owns
 *    nothing, so threads end without a call.
 *  - One arena: the engine allocates under one lock.
 *  - No decay: what was freed is kept for us, no clock is read. But the pages
 *    of large blocks, which tables outgrow, go back to the system at once, or
 *    are moved to where there is room.
 *  - No fork handlers with libc: the order in which they run could not be
 *    fixed; the engine calls lv_memory_fork_* itself.
 *
 * Includes memory.h and raw.h. */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "raw.h"

#pragma GCC visibility push(hidden)

void *lv_je_aligned_alloc(size_t alignment, size_t size);
void *lv_je_calloc(size_t count, size_t size);
void *lv_je_realloc(void *old, size_t size);
void lv_je_free(void *memory);
size_t lv_je_malloc_usable_size(void *memory);
extern const char *lv_je_malloc_conf;

/* Overrides the copy's own, weak one. */
const char *lv_je_malloc_conf =
    "tcache:false,narenas:1,background_thread:false,dss:disabled,"
    "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,"
    "cache_oblivious:false,abort:false,abort_conf:false";

/* jemalloc links the state of every thread that allocates into a list, and
 * would take it out in a key's destructor. Threads end without telling us: so
 * the state leaves the list at once, after the first call. jemalloc then takes
 * the thread for one that is ending (tsd_state_reincarnated), which allocates
 * from arena 0 and owns nothing. */
static void (*leave_list)(void *state);
static __thread void *listed __attribute__((tls_model("initial-exec")));
static __thread bool left __attribute__((tls_model("initial-exec")));

static void *leave(void *memory)
{
    if (listed != NULL && !left) {
        left = true;
        leave_list(listed);
    }
    return memory;
}

/* jemalloc has been set up. */
static atomic_bool booted;

void *lv_calloc(size_t count, size_t size)
{
    void *memory = lv_je_calloc(count, size);

    if (memory != NULL)
        atomic_store_explicit(&booted, true, memory_order_relaxed);
    return leave(memory);
}

/* From this size on, pages are worth a system call. */
#define LARGE ((size_t)64 << 10)
#define PAGE ((uintptr_t)4096)
#define HUGE ((uintptr_t)2 << 20)

/* Where pages are larger and the call fails, they are cleared all the same. */
void lv_discard(void *part, size_t size)
{
    uintptr_t start = ((uintptr_t)part + PAGE - 1) & ~(PAGE - 1);
    uintptr_t end = ((uintptr_t)part + size) & ~(PAGE - 1);

    if (end > start &&
        lv_raw_madvise((void *)start, end - start, MADV_DONTNEED) != 0)
        memset((void *)start, 0, end - start);
}

static atomic_bool sealed;

void lv_memory_seal(void)
{
    atomic_store_explicit(&sealed, true, memory_order_relaxed);
}

static bool is_sealed(void)
{
    return atomic_load_explicit(&sealed, memory_order_relaxed);
}

/* Older kernels (before 5.14) say that there is no such advice: then the pages
 * come when they are wanted. */
void lv_populate(void *part, size_t size)
{
    enum { POPULATE_WRITE = 23 };
    uintptr_t start = ((uintptr_t)part + PAGE - 1) & ~(PAGE - 1);
    uintptr_t end = ((uintptr_t)part + size) & ~(PAGE - 1);

    if (size >= LARGE / 4 && end > start && !is_sealed())
        lv_raw_madvise((void *)start, end - start, POPULATE_WRITE);
}

/* The pages that lie in the block alone. Their addresses stay jemalloc's, which
 * does not count on what is in a freed block. */
static void free_large(void *memory, size_t size)
{
    lv_discard(memory, size);
    lv_je_free(memory);
}

/* The old block's pages become the first of the new one's; where they were
 * there are none (Linux 5.7). */
static bool move_pages(void *to, void *from, size_t size)
{
    enum { DONTUNMAP = 4 };

    return !is_sealed() &&
           (((uintptr_t)to | (uintptr_t)from | size) & (PAGE - 1)) == 0 &&
           lv_raw_mremap(from, size, size,
                         MREMAP_MAYMOVE | MREMAP_FIXED | DONTUNMAP, to) == to;
}

/* Whole pages; of huge ones, where there are many, if the system has them. */
static void *take_large(size_t bytes)
{
    size_t page = bytes < 2 * HUGE ? PAGE : HUGE;
    void *block = lv_je_aligned_alloc(page, bytes);

    if (block != NULL && page == HUGE)
        lv_raw_madvise(block, bytes, MADV_HUGEPAGE);
    return block;
}

/* A large block, which begins and ends with a page, in `old`'s place. It has
 * addresses to grow, if there are any; what is not used costs nothing. */
static void *move_large(void *old, size_t had, size_t bytes)
{
    void *moved = take_large(2 * bytes);

    if (moved == NULL)
        moved = take_large(bytes);
    if (moved == NULL)
        return NULL;
    if (had >= LARGE && move_pages(moved, old, had)) {
        lv_je_free(old);
        return moved;
    }
    if (old != NULL)
        memcpy(moved, old, had);
    lv_free(old);
    return moved;
}

void *lv_realloc(void *old, size_t count, size_t size)
{
    size_t bytes, had = old == NULL ? 0 : lv_je_malloc_usable_size(old);

    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    if (bytes >= LARGE && bytes <= had)
        return old;
    if (bytes >= LARGE)
        return leave(move_large(old, had, bytes));
    return leave(lv_je_realloc(old, bytes > 0 ? bytes : 1));
}

void lv_free(void *memory)
{
    size_t size = memory == NULL ? 0 : lv_je_malloc_usable_size(memory);

    if (size >= LARGE)
        free_large(memory, size);
    else
        lv_je_free(memory);
    leave(NULL);
}

/* ---- what jemalloc calls ------------------------------------------------- */

/* The prototypes are jemalloc's view of libc; -Wmissing-prototypes asks for a
 * declaration of each, which a header would only repeat. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

/* What libc would return. */
static long result_or_errno(long result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

/* Memory. */

/* While it is set up it tries a page, to see what madvise does, and writes to
 * it even if it got none. It gives one back before it takes the next. */
static char probed[PAGE] __attribute__((aligned(4096)));

void *lv_os_mmap(void *at, size_t size, int protection, int flags, int fd,
                 off_t offset)
{
    void *memory = lv_raw_mmap(at, size, protection, flags, fd, offset);

    if (memory != NULL)
        return memory;
    if (size <= sizeof probed &&
        !atomic_load_explicit(&booted, memory_order_relaxed))
        return probed;
    errno = ENOMEM;
    return MAP_FAILED;
}

int lv_os_munmap(void *start, size_t size)
{
    if (start == probed)
        return 0;
    return (int)result_or_errno(lv_raw_munmap(start, size));
}

int lv_os_mprotect(void *start, size_t size, int protection)
{
    return (int)result_or_errno(lv_raw_mprotect(start, size, protection));
}

int lv_os_madvise(void *start, size_t size, int advice)
{
    return (int)result_or_errno(lv_raw_madvise(start, size, advice));
}

/* The program's heap grows by sbrk; we never do. */
void *lv_os_sbrk(intptr_t by)
{
    (void)by;
    errno = ENOMEM;
    return (void *)-1;
}

/* Locks: a pthread_mutex_t's first word is our lock. */

static struct lv_lock *lock_in(pthread_mutex_t *mutex)
{
    return (struct lv_lock *)(void *)mutex;
}

int lv_os_pthread_mutex_init(pthread_mutex_t *mutex,
                             const pthread_mutexattr_t *attribute)
{
    (void)attribute;
    atomic_store_explicit(&lock_in(mutex)->word, 0, memory_order_relaxed);
    return 0;
}

int lv_os_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    lv_lock_take(lock_in(mutex));
    return 0;
}

int lv_os_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    return lv_lock_try(lock_in(mutex)) ? 0 : EBUSY;
}

int lv_os_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    lv_lock_give(lock_in(mutex));
    return 0;
}

int lv_os_pthread_mutexattr_init(pthread_mutexattr_t *attribute)
{
    (void)attribute;
    return 0;
}

int lv_os_pthread_mutexattr_settype(pthread_mutexattr_t *attribute, int type)
{
    (void)attribute;
    (void)type;
    return 0;
}

int lv_os_pthread_mutexattr_destroy(pthread_mutexattr_t *attribute)
{
    (void)attribute;
    return 0;
}

/* Background threads would wait on it; its owner is set up all the same. */
int lv_os_pthread_cond_init(pthread_cond_t *condition,
                            const pthread_condattr_t *attribute)
{
    (void)condition;
    (void)attribute;
    return 0;
}

/* Fork handlers are kept for lv_memory_fork_*. */

static struct {
    void (*prepare)(void);
    void (*parent)(void);
    void (*child)(void);
} on_fork;

int lv_os_pthread_atfork(void (*prepare)(void), void (*parent)(void),
                         void (*child)(void))
{
    on_fork.prepare = prepare;
    on_fork.parent = parent;
    on_fork.child = child;
    return 0;
}

void lv_memory_fork_prepare(void)
{
    if (on_fork.prepare != NULL)
        on_fork.prepare();
}

void lv_memory_fork_parent(void)
{
    if (on_fork.parent != NULL)
        on_fork.parent();
}

void lv_memory_fork_child(void)
{
    if (on_fork.child != NULL)
        on_fork.child();
}

/* Threads. The key's destructor would flush a thread cache: there is none. */

int lv_os_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    leave_list = destructor;
    *key = 0;
    return 0;
}

int lv_os_pthread_setspecific(pthread_key_t key, const void *value)
{
    (void)key;
    listed = (void *)(uintptr_t)value;
    return 0;
}

pthread_t lv_os_pthread_self(void)
{
    return pthread_self();
}

int lv_os_sched_yield(void)
{
    return (int)lv_raw_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

/* One processor: jemalloc then sleeps on a taken lock at once, and libc opens
 * no file to count them. */
int lv_os_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    (void)pid;
    CPU_ZERO_S(size, set);
    CPU_SET_S(0, size, set);
    return 0;
}

int lv_os___sched_cpucount(size_t size, const cpu_set_t *set)
{
    (void)size;
    (void)set;
    return 1;
}

int lv_os_sched_getcpu(void)
{
    return 0;
}

long lv_os_sysconf(int name)
{
    if (name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF)
        return 1;
    return sysconf(name);
}

/* Start-up reads /proc/sys/vm/overcommit_memory and the huge page settings, by
 * syscall(2). What jemalloc would print goes nowhere: the program's streams are
 * the program's. The arguments that a call does not pass are not looked at. */
long lv_os_syscall(long number, ...)
{
    long argument[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        argument[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_write)
        return argument[2];
    return result_or_errno(lv_raw_call(number, argument[0], argument[1],
                                       argument[2], argument[3], argument[4],
                                       argument[5]));
}

int lv_os_clock_gettime(clockid_t clock, struct timespec *now)
{
    return (int)result_or_errno(lv_raw_clock_gettime(clock, now));
}

/* Configuration from outside: none. */

char *lv_os_secure_getenv(const char *name)
{
    (void)name;
    return NULL;
}

ssize_t lv_os_readlink(const char *path, char *buffer, size_t size)
{
    (void)path;
    (void)buffer;
    (void)size;
    errno = ENOENT;
    return -1;
}

/* Nothing of ours runs at exit for jemalloc's sake. */
int lv_os_atexit(void (*function)(void))
{
    (void)function;
    return 0;
}

/* Asks for the next pthread_create, for threads of its own that it shall not
 * have. */
void *lv_os_dlsym(void *handle, const char *name)
{
    (void)handle;
    (void)name;
    return NULL;
}

char *lv_os_strerror_r(int error, char *buffer, size_t size)
{
    (void)error;
    if (size > 0)
        buffer[0] = '\0';
    return buffer;
}

/* Heap profiles, their files and background threads, all off: there, so that
 * the link is complete and needs no libm and no libgcc_s. */

#define OFF(name)           \
    long lv_os_##name(void) \
    {                       \
        errno = ENOSYS;     \
        return -1;          \
    }
#define OFF_DOUBLE(name)          \
    double lv_os_##name(double x) \
    {                             \
        return x;                 \
    }

OFF(_Unwind_Backtrace)
OFF(_Unwind_GetIP)
OFF(_exit)
OFF(close)
OFF(creat)
OFF(getpid)
OFF(gettimeofday)
OFF(open)
OFF(pthread_cond_signal)
OFF(pthread_cond_timedwait)
OFF(pthread_cond_wait)
OFF(pthread_create)
OFF(pthread_getname_np)
OFF(pthread_join)
OFF(pthread_setname_np)
OFF(pthread_sigmask)
OFF(sched_setaffinity)
OFF(sigfillset)
OFF_DOUBLE(exp)
OFF_DOUBLE(log)
OFF_DOUBLE(round)

#pragma GCC diagnostic pop
#pragma GCC visibility pop
