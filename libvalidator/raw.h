/* SPDX-License-Identifier: BSD-2-Clause */
/* raw.h: system calls and a lock that nobody can see.
 *
 * What the engine, its allocator and its unwinder call must not come back
 * through our own hooks, nor through a function that the program defines in
 * libc's place, and must not touch errno. So these make the system call
 * themselves. All are safe in signal handlers and before constructors.
 *
 * Unless said otherwise they return what the kernel does: a negative errno on
 * failure. Includes no other module; used by all of libvalidator.so. */
#ifndef LV_RAW_H
#define LV_RAW_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>

#if defined(__x86_64__)
static inline long lv_raw_call(long number, long a, long b, long c, long d,
                               long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long lv_raw_call(long number, long a, long b, long c, long d,
                               long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;

    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#else
#error "lockval knows the system calls of x86-64 and AArch64 only"
#endif

/* ---- memory -------------------------------------------------------------- */

/* NULL on failure. */
static inline void *lv_raw_mmap(void *at, size_t size, int protection,
                                int flags, int fd, off_t offset)
{
    long result = lv_raw_call(SYS_mmap, (long)at, (long)size, protection, flags,
                              fd, (long)offset);

    return (unsigned long)result > -4096UL ? NULL : (void *)result;
}

static inline int lv_raw_munmap(void *start, size_t size)
{
    return (int)lv_raw_call(SYS_munmap, (long)start, (long)size, 0, 0, 0, 0);
}

static inline int lv_raw_mprotect(void *start, size_t size, int protection)
{
    return (int)lv_raw_call(SYS_mprotect, (long)start, (long)size, protection,
                            0, 0, 0);
}

/* NULL on failure. */
static inline void *lv_raw_mremap(void *old, size_t had, size_t size, int flags,
                                  void *at)
{
    long result = lv_raw_call(SYS_mremap, (long)old, (long)had, (long)size,
                              flags, (long)at, 0);

    return (unsigned long)result > -4096UL ? NULL : (void *)result;
}

static inline int lv_raw_madvise(void *start, size_t size, int advice)
{
    return (int)lv_raw_call(SYS_madvise, (long)start, (long)size, advice, 0, 0,
                            0);
}

/* True if the 8 bytes at `address` can be read. The kernel copies the signal
 * set in before it finds that `how` (-1) means nothing, and changes nothing. */
static inline int lv_raw_readable(uintptr_t address)
{
    return lv_raw_call(SYS_rt_sigprocmask, -1, (long)address, 0,
                       sizeof(uint64_t), 0, 0) == -EINVAL;
}

/* ---- files --------------------------------------------------------------- */

/* `path` relative to the current directory. Pass O_CLOEXEC. */
static inline int lv_raw_openat(int directory, const char *path, int flags,
                                mode_t mode)
{
    return (int)lv_raw_call(SYS_openat, directory, (long)path, flags,
                            (long)mode, 0, 0);
}

static inline int lv_raw_close(int fd)
{
    return (int)lv_raw_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

static inline ssize_t lv_raw_read(int fd, void *buffer, size_t size)
{
    return lv_raw_call(SYS_read, fd, (long)buffer, (long)size, 0, 0, 0);
}

static inline ssize_t lv_raw_write(int fd, const void *buffer, size_t size)
{
    return lv_raw_call(SYS_write, fd, (long)buffer, (long)size, 0, 0, 0);
}

static inline int lv_raw_ftruncate(int fd, off_t size)
{
    return (int)lv_raw_call(SYS_ftruncate, fd, (long)size, 0, 0, 0, 0);
}

/* Allocates blocks and grows the file; unlike ftruncate it tells of a full disk
 * before a store into the mapping would raise SIGBUS. */
static inline int lv_raw_fallocate(int fd, int mode, off_t offset, off_t size)
{
    return (int)lv_raw_call(SYS_fallocate, fd, mode, (long)offset, (long)size,
                            0, 0);
}

/* Number of bytes put into `buffer`; they end in no NUL. */
static inline ssize_t lv_raw_readlinkat(int directory, const char *path,
                                        char *buffer, size_t size)
{
    return lv_raw_call(SYS_readlinkat, directory, (long)path, (long)buffer,
                       (long)size, 0, 0);
}

/* The program's path, with a NUL; where /proc is not mounted the one that was
 * executed, which may be relative. */
static inline void lv_raw_program(char *buffer, size_t size)
{
    ssize_t n = lv_raw_readlinkat(AT_FDCWD, "/proc/self/exe", buffer, size - 1);
    const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);

    if (n <= 0 && name != NULL)
        for (n = 0; (size_t)n < size - 1 && name[n] != '\0'; n++)
            buffer[n] = name[n];
    buffer[n > 0 ? n : 0] = '\0';
}

/* ---- process and thread -------------------------------------------------- */

static inline pid_t lv_raw_getpid(void)
{
    return (pid_t)lv_raw_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static inline pid_t lv_raw_getppid(void)
{
    return (pid_t)lv_raw_call(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static inline pid_t lv_raw_gettid(void)
{
    return (pid_t)lv_raw_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static inline int lv_raw_prctl(int option, long a, long b, long c, long d)
{
    return (int)lv_raw_call(SYS_prctl, option, a, b, c, d, 0);
}

/* Without the vDSO: about 0.1 us. */
static inline int lv_raw_clock_gettime(clockid_t clock, struct timespec *now)
{
    return (int)lv_raw_call(SYS_clock_gettime, clock, (long)now, 0, 0, 0, 0);
}

/* ---- signals ------------------------------------------------------------- */

/* The kernel's signal set: bit n - 1 stands for signal n. */
typedef uint64_t lv_signals;
#define LV_SIGNAL(n) (UINT64_C(1) << ((n)-1))

/* Signals that an instruction raises. They stay open: where one of them is
 * blocked when it is raised the kernel kills the process, and sandboxes
 * (SIGSYS) and collectors (SIGSEGV) live from their handlers. */
#define LV_SIGNALS_SYNCHRONOUS                                    \
    (LV_SIGNAL(SIGSEGV) | LV_SIGNAL(SIGBUS) | LV_SIGNAL(SIGFPE) | \
     LV_SIGNAL(SIGILL) | LV_SIGNAL(SIGTRAP) | LV_SIGNAL(SIGSYS))

/* rt_sigprocmask; `set` and `old` may be NULL. */
static inline int lv_raw_sigprocmask(int how, const lv_signals *set,
                                     lv_signals *old)
{
    return (int)lv_raw_call(SYS_rt_sigprocmask, how, (long)set, (long)old,
                            sizeof(lv_signals), 0, 0);
}

/* Hold back every asynchronous signal from the calling thread, those of libc
 * (cancellation, setxid) included. Returns the mask to restore. */
static inline lv_signals lv_raw_signals_block(void)
{
    lv_signals all = ~LV_SIGNALS_SYNCHRONOUS;
    lv_signals old = 0;

    lv_raw_sigprocmask(SIG_BLOCK, &all, &old);
    return old;
}

static inline void lv_raw_signals_restore(lv_signals old)
{
    lv_raw_sigprocmask(SIG_SETMASK, &old, NULL);
}

/* ---- lock ---------------------------------------------------------------- */

static inline int lv_raw_futex(_Atomic uint32_t *word, int operation,
                               uint32_t value, const struct timespec *timeout)
{
    return (int)lv_raw_call(SYS_futex, (long)word, operation, (long)value,
                            (long)timeout, 0, 0);
}

/* Zeroed memory is a free lock. The word is 0: free, 1: taken, 2: taken and
 * somebody may sleep (after mutex3 in U. Drepper, "Futexes Are Tricky").
 * Not recursive. A handler that may interrupt the holder must not take it:
 * block signals first. Trying and giving are in one order with all sequentially
 * consistent accesses (engine.h needs it). */
struct lv_lock {
    _Atomic uint32_t word;
};

static inline int lv_lock_try(struct lv_lock *lock)
{
    uint32_t free_word = 0;

    return atomic_compare_exchange_strong(&lock->word, &free_word, 1);
}

static inline void lv_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile(
        "isb"); /* yield does nothing where cores have one thread */
#endif
}

/* What is done under a lock takes a microsecond: to sleep and be woken takes
 * more. Looks that come less and less often leave the line to the holder. */
static inline bool lv_lock_spin(struct lv_lock *lock)
{
    enum { FIRST = 8, LAST = 512 };
    unsigned i, wait;

    for (wait = FIRST; wait <= LAST; wait *= 2) {
        for (i = 0; i < wait; i++)
            lv_relax();
        if (atomic_load_explicit(&lock->word, memory_order_relaxed) == 0 &&
            lv_lock_try(lock))
            return true;
    }
    return false;
}

static inline void lv_lock_take(struct lv_lock *lock)
{
    if (__builtin_expect(lv_lock_try(lock), 1) || lv_lock_spin(lock))
        return;
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
        lv_raw_futex(&lock->word, FUTEX_WAIT_PRIVATE, 2, NULL);
}

static inline void lv_lock_give(struct lv_lock *lock)
{
    if (atomic_exchange(&lock->word, 0) == 2)
        lv_raw_futex(&lock->word, FUTEX_WAKE_PRIVATE, 1, NULL);
}

#endif
