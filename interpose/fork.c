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
 * popen and posix_spawn are vforks of this kind.
 *
 * A child that was waited for is to the parent what a joined thread is. */
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

/* ---- waits for children -------------------------------------------------- */

/* It has ended, and was not only stopped or continued. */
static pid_t reaped(pid_t child, const int *told)
{
    if (child > 0 && (WIFEXITED(*told) || WIFSIGNALED(*told)))
        lv_process_reaped((uint32_t)child);
    return child;
}

LV_HOOK pid_t wait(int *status)
{
    int own = 0, *told = status != NULL ? status : &own;

    lv_hook_ready();
    return reaped(real.wait(told), told);
}

LV_HOOK pid_t waitpid(pid_t child, int *status, int options)
{
    int own = 0, *told = status != NULL ? status : &own;

    lv_hook_ready();
    return reaped(real.waitpid(child, told, options), told);
}

LV_HOOK pid_t wait3(int *status, int options, struct rusage *usage)
{
    int own = 0, *told = status != NULL ? status : &own;

    lv_hook_ready();
    return reaped(real.wait3(told, options, usage), told);
}

LV_HOOK pid_t wait4(pid_t child, int *status, int options, struct rusage *usage)
{
    int own = 0, *told = status != NULL ? status : &own;

    lv_hook_ready();
    return reaped(real.wait4(child, told, options, usage), told);
}

/* Told of a child that is gone; WNOWAIT leaves it there. */
LV_HOOK int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    siginfo_t own = {0}, *told = info != NULL ? info : &own;
    int result;

    lv_hook_ready();
    result = real.waitid(type, id, told, options);
    if (result == 0 && !(options & WNOWAIT) && told->si_pid > 0 &&
        (told->si_code == CLD_EXITED || told->si_code == CLD_KILLED ||
         told->si_code == CLD_DUMPED))
        lv_process_reaped((uint32_t)told->si_pid);
    return result;
}
