/* SPDX-License-Identifier: BSD-2-Clause */
/* hooks.h: what every file of wrappers needs. Include it first.
 *
 * A wrapper tells the engine what the program does (event.h) and calls libc's
 * own function, `real.<name>`. It returns libc's result and errno, and never
 * anything else. Wrappers run in any thread and signal handler, before our
 * constructor, and while our own resolver runs.
 *
 * Uses event.h; knows pthread and libc. No other room includes it. */
#ifndef LV_HOOKS_H
#define LV_HOOKS_H

/* mmap must be mmap here, not another name for mmap64. */
#undef _FILE_OFFSET_BITS
/* And printf printf, not __printf_chk, nor vprintf a body in the header. */
#undef _FORTIFY_SOURCE
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1
#endif
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <syslog.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "event.h"
#include "foreign.h"

#ifndef __GLIBC__
#error "the wrappers read glibc's lock objects; see glibc.h"
#endif

/* Current headers hide or deprecate these, but programs call them. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
__sighandler_t bsd_signal(int number, __sighandler_t handler);

/* What the headers call in the place of others with _FORTIFY_SOURCE. */
int __printf_chk(int flag, const char *format, ...);
int __vprintf_chk(int flag, const char *format, va_list list);
int __fprintf_chk(FILE *stream, int flag, const char *format, ...);
int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list list);
void __syslog_chk(int priority, int flag, const char *format, ...);
void __vsyslog_chk(int priority, int flag, const char *format, va_list list);

#define LV_HOOK __attribute__((visibility("default")))
#define LV_COLD __attribute__((noinline, cold))
#define LV_CALLER ((uintptr_t)__builtin_return_address(0))
#define LV_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* ---- libc's own (resolve.c) ---------------------------------------------- */

struct lv_real {
#define HOOK(name, version, need) __typeof__(&name) name;
#define ONLY(name, version, need) __typeof__(&name) name;
#include "hooks.def"
#undef HOOK
#undef ONLY
};
extern struct lv_real real;

/* Set once all of `real` is there. */
extern atomic_bool lv_hook_resolved;

/* Fill `real`. Any number of threads may do so at once: all store the same.
 * Called again by the dynamic linker on its own behalf (its malloc may be the
 * program's, and lock) it fills what is required and returns. Preserves errno.
 * False: libc lacks a required function. */
bool lv_hook_resolve(void);

/* The timed waits come from where the plain locks do. Else someone between us
 * and libc follows the plain ones alone (ThreadSanitizer of gcc 12), and must
 * not miss a lock for our waiting in slices. */
extern bool lv_hook_slices;

/* malloc is a sanitizer's that keeps the stacks of its callers. */
extern bool lv_hook_sanitized;

/* A FOREIGN function, the one that the code at `caller` would have reached
 * without us: it and its library stay where they are from then on. A function
 * that does nothing and returns 0 if there is none. Preserves errno. */
void *lv_hook_foreign(void **slot, uintptr_t caller);

#define LV_FOREIGN(name)                                                \
    (LV_UNLIKELY(__atomic_load_n(&real.name, __ATOMIC_ACQUIRE) == NULL) \
         ? (__typeof__(real.name))lv_hook_foreign((void **)&real.name,  \
                                                  LV_CALLER)            \
         : real.name)

/* Before using `real`, but on a path that already missed or hit: a hit means
 * that the engine is live, and so that this was done. */
static inline void lv_hook_ready(void)
{
    if (LV_UNLIKELY(
            !atomic_load_explicit(&lv_hook_resolved, memory_order_acquire)))
        lv_hook_resolve();
}

/* ---- the process (start.c, fork.c) --------------------------------------- */

/* Set when lv_engine_start has returned; never cleared. */
extern atomic_bool lv_hook_started;

/* The process whose memory this is. A vfork child has another pid and the
 * parent's memory: there the wrappers write no totals. */
extern _Atomic pid_t lv_hook_home;

static inline bool lv_hook_at_home(void)
{
    return atomic_load_explicit(&lv_hook_home, memory_order_relaxed) ==
           getpid();
}

/* Before a call after which files may be out of reach; `seal`: opening one may
 * be forbidden altogether. */
void lv_hook_before_change(bool seal);

/* Register the handlers around fork. Call once, after lv_engine_start. */
void lv_hook_watch_forks(void);

/* Handlers that were installed before lv_engine_start; call it after that. */
void lv_hook_tell_signals(void);

/* The calling thread's mask has changed, in a way that the kernel knows. */
void lv_hook_mask_changed(uintptr_t caller);

/* ---- the thread (thread.c) ----------------------------------------------- */

struct lv_hook_thread {
    pid_t tid;     /* 0: not asked yet */
    bool robust;   /* it has taken a robust mutex */
    uint8_t depth; /* of lv_hook_resolve */
};
extern __thread struct lv_hook_thread lv_hook_thread
    __attribute__((tls_model("initial-exec")));

/* Make the key whose destructor sees a thread end, and have the engine set it
 * for each thread that it registers. Once, before lv_engine_start. */
void lv_hook_watch_threads(void);

/* In a forked child: the thread has another id now. */
void lv_hook_thread_forked(void);

/* The calling thread's id as the kernel knows it. */
pid_t lv_hook_tid(void);

/* Whose is a lock that says it belongs to thread `owner` (not 0)? */
enum lv_owner lv_hook_owner_of(pid_t owner);

/* A thread on its way from create to its function: both kinds of creator. */
struct lv_hook_package {
    union {
        void *(*posix)(void *);
        int (*c11)(void *);
    } run;
    void *argument;
    struct lv_birth birth;
};

/* Before the real create: a package, NULL if the thread is to be started
 * without us (not live, no memory). After it: `created` gives the package back
 * if the create failed. In the thread: `begin` opens it. */
struct lv_hook_package *lv_hook_pack(void *argument);
void lv_hook_created(struct lv_hook_package *package, bool worked);
struct lv_hook_package lv_hook_begin(struct lv_hook_package *package);

/* ---- mutexes and waits (mutex.c, cond.c) --------------------------------- */

/* Results that say: the caller owns the lock now. */
static inline bool lv_hook_owns(int result)
{
    return result == 0 || result == EOWNERDEAD;
}

/* The mutex part of a wait on a condition variable. `begin` lets go of the
 * mutex in the held list and checks that it may be taken again, before the
 * program blocks. `end` and `cancelled` commit: whichever way the wait ends,
 * the mutex is held again when the program's code goes on. */
struct lv_hook_wait {
    struct lv_ticket again;
    bool held; /* we knew it as held */
};
void lv_hook_wait_begin(struct lv_hook_wait *wait, pthread_mutex_t *mutex,
                        uint32_t how, uintptr_t caller);
void lv_hook_wait_end(const struct lv_hook_wait *wait, bool owns);
void lv_hook_wait_cancelled(void *wait);

/* Before a wait that another thread ends (event.h); lv_wait_end after it. A
 * cancelled one is not believed: the thread waits for nothing there. */
static inline void lv_hook_await(enum lv_wait_kind kind, uint32_t flags,
                                 const void *object,
                                 const struct lv_ticket *ticket,
                                 uintptr_t caller)
{
    struct lv_awaited awaited = {kind, flags, (uintptr_t)object, ticket};

    lv_wait_begin(&awaited, caller);
}

/* The condition variable's part: it is waited for with a mutex, just given up,
 * and without a limit; it is signalled, to one or all; it begins or ends. */
void lv_hook_bind(const pthread_cond_t *cond, const struct lv_ticket *again);
void lv_hook_depend(const pthread_cond_t *cond, uintptr_t caller);
void lv_hook_signal(const pthread_cond_t *cond, uintptr_t caller);
void lv_hook_cond_over(const pthread_cond_t *cond, uintptr_t caller);

/* LV_WAIT_UNHEARD if its last signal came while nobody waited, else 0. */
uint32_t lv_hook_hearing(const pthread_cond_t *cond);

/* mutex.c, for c11.c too: block for a mutex that is taken (wait.h). */
int lv_hook_wait_mutex(pthread_mutex_t *mutex, const struct lv_ticket *ticket);

#endif
