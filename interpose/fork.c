/* SPDX-License-Identifier: BSD-2-Clause */
/* fork.c: the engine around a fork.
 *
 * Handlers of pthread_atfork also run for the forks that libc makes itself
 * (daemon, forkpty), which no hook would see; and prepare handlers run newest
 * first, so that ours come after those of the program, which take its locks.
 * They are registered after lv_engine_start: the engine's own memory, which
 * registered before them, is locked after the engine and unlocked before it.
 *
 * _Fork runs no handlers and is hooked; glibc's fork calls it by an internal
 * name. vfork cannot be hooked (it returns twice) and need not: until it
 * execs, the child is the parent's thread in the parent's memory. system,
 * popen and posix_spawn are vforks of this kind. */
#include "hooks.h"

_Atomic pid_t lv_hook_home;

static void prepare(void)
{
    lv_hook_tid();
    lv_fork_prepare();
}

static void in_child(void)
{
    int saved = errno;

    atomic_store_explicit(&lv_hook_home, getpid(), memory_order_relaxed);
    lv_hook_thread_forked();
    lv_fork_child();
    errno = saved;
}

void lv_hook_watch_forks(void)
{
    atomic_store_explicit(&lv_hook_home, getpid(), memory_order_relaxed);
    pthread_atfork(prepare, lv_fork_parent, in_child);
}

LV_HOOK pid_t _Fork(void)
{
    pid_t child;

    lv_hook_ready();
    if (!atomic_load_explicit(&lv_hook_started, memory_order_acquire))
        return real._Fork();
    prepare();
    child = real._Fork();
    if (child == 0)
        in_child();
    else
        lv_fork_parent();
    return child;
}
