/* SPDX-License-Identifier: BSD-2-Clause */
/* thread.c: pthread_create, the joins, names, and the end of a thread.
 *
 * A created thread starts in a function of ours, which announces it and goes
 * on to the program's. Its end is seen by the destructor of a key: C++
 * thread_local destructors run before those of keys, and keys get
 * PTHREAD_DESTRUCTOR_ITERATIONS rounds, so ours asks for another round until
 * the last one. pthread_exit and cancellation pass there too and need no hook.
 */
#include "glibc.h"

#include <limits.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stdarg.h>

#include "memory.h"
#include "raw.h"

__thread struct lv_hook_thread lv_hook_thread;

/* glibc keeps the values of its first 32 keys inside the thread and allocates
 * for the others (nptl/pthread_setspecific.c); handlers may not. */
#define KEYS_IN_PLACE 32

static pthread_key_t end_key;

/* The thread that forked us: objects it owned in the parent say so still. */
static _Atomic pid_t forked_tid;

pid_t lv_hook_tid(void)
{
    if (lv_hook_thread.tid == 0)
        lv_hook_thread.tid = lv_raw_gettid();
    return lv_hook_thread.tid;
}

void lv_hook_thread_forked(void)
{
    forked_tid = lv_hook_thread.tid; /* the parent asked, before it forked */
    lv_hook_thread.tid = 0;
}

/* Accuses only after asking the kernel again: a raw clone has our memory and
 * another id. */
enum lv_owner lv_hook_owner_of(pid_t owner)
{
    if (owner == forked_tid)
        return LV_OWNER_UNKNOWN;
    lv_hook_thread.tid = 0;
    return owner == lv_hook_tid() ? LV_OWNER_SELF : LV_OWNER_OTHER;
}

/* ---- the end ------------------------------------------------------------- */

/* The kernel's list of a thread's robust mutexes (set_robust_list(2)): each
 * entry is linked by a word in the mutex, futex_offset away from its lock word,
 * which glibc puts first; bit 0 marks priority inheritance. What is on it may
 * be held at the end of a thread: the next owner gets EOWNERDEAD. */
static void release_robust(void)
{
    struct robust_list_head *head = NULL;
    struct robust_list *entry;
    size_t size, left = ROBUST_LIST_LIMIT; /* the kernel's own patience */

    if (lv_raw_call(SYS_get_robust_list, 0, (long)&head, (long)&size, 0, 0,
                    0) != 0 ||
        head == NULL)
        return;
    entry = head->list.next;
    while (entry != NULL && entry != &head->list && left-- > 0) {
        uintptr_t node = (uintptr_t)entry & ~(uintptr_t)1;
        uintptr_t lock = node + (uintptr_t)head->futex_offset;

        while (lv_is_held(lock) && left-- > 0)
            if (!lv_release_newest(lock))
                lv_release_miss(lock, LV_HOW_FAMILY(LV_FAMILY_MUTEX), 0,
                                LV_OWNER_SELF);
        entry = ((struct robust_list *)node)->next;
    }
}

static void end(void *round)
{
    uintptr_t past = (uintptr_t)round;

    if (past < PTHREAD_DESTRUCTOR_ITERATIONS) {
        pthread_setspecific(end_key, (void *)(past + 1));
        return;
    }
    if (lv_hook_thread.robust)
        release_robust();
    lv_thread_end();
}

/* Called by the engine for each thread it registers. */
static void arm(void)
{
    pthread_setspecific(end_key, (void *)1);
}

void lv_hook_watch_threads(void)
{
    if (pthread_key_create(&end_key, end) == 0 && end_key < KEYS_IN_PLACE)
        lv_thread_registered = arm;
}

/* ---- the beginning ------------------------------------------------------- */

/* Packages that are opened wait here for the next thread: to give one back to
 * the allocator would make a new thread known there, for nothing else. */
static struct lv_hook_package *_Atomic spare[16];

/* memory.h is not for handlers that interrupt it: block them, but not during
 * the create, which would hand the mask to the new thread. */
static lv_signals block(void)
{
    return atomic_load_explicit(&lv_signals_handled, memory_order_acquire) != 0
               ? lv_raw_signals_block()
               : ~UINT64_C(0);
}

static void unblock(lv_signals mask)
{
    if (mask != ~UINT64_C(0))
        lv_raw_signals_restore(mask);
}

static struct lv_hook_package *take_package(void)
{
    struct lv_hook_package *package = NULL;
    lv_signals mask;
    size_t i;

    for (i = 0; package == NULL && i < sizeof spare / sizeof spare[0]; i++)
        if (atomic_load_explicit(&spare[i], memory_order_relaxed) != NULL)
            package = atomic_exchange(&spare[i], NULL);
    if (package != NULL)
        return package;
    mask = block();
    package = lv_calloc(1, sizeof *package);
    unblock(mask);
    return package;
}

static void give_back(struct lv_hook_package *package)
{
    struct lv_hook_package *none;
    lv_signals mask;
    size_t i;

    for (i = 0; i < sizeof spare / sizeof spare[0]; i++) {
        none = NULL;
        if (atomic_compare_exchange_strong(&spare[i], &none, package))
            return;
    }
    mask = block();
    lv_free(package);
    unblock(mask);
}

struct lv_hook_package *lv_hook_pack(void *argument)
{
    struct lv_hook_package *package;
    int saved = errno;

    if (!atomic_load_explicit(&lv_hook_started, memory_order_acquire) ||
        lv_forking())
        return NULL;
    package = take_package();
    errno = saved;
    if (package == NULL)
        return NULL;
    package->argument = argument;
    package->birth = lv_thread_birth();
    return package;
}

void lv_hook_created(struct lv_hook_package *package, bool worked)
{
    int saved = errno;

    lv_thread_created();
    if (!worked)
        give_back(package);
    errno = saved;
}

struct lv_hook_package lv_hook_begin(struct lv_hook_package *package)
{
    struct lv_hook_package opened = *package;

    give_back(package);
    lv_thread_begin(opened.birth, (uintptr_t)pthread_self());
    errno = 0; /* as a new thread finds it */
    return opened;
}

static void *run(void *packed)
{
    struct lv_hook_package package = lv_hook_begin(packed);

    return package.run.posix(package.argument);
}

LV_HOOK int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                           void *(*start)(void *), void *argument)
{
    struct lv_hook_package *package;
    int result;

    lv_hook_ready();
    package = lv_hook_pack(argument);
    if (package == NULL)
        return real.pthread_create(thread, attr, start, argument);
    package->run.posix = start;
    result = real.pthread_create(thread, attr, run, package);
    lv_hook_created(package, result == 0);
    return result;
}

/* ---- joins and names ----------------------------------------------------- */

LV_HOOK int pthread_join(pthread_t thread, void **value)
{
    int result;

    lv_hook_ready();
    lv_thread_joining((uintptr_t)thread, LV_CALLER);
    lv_hook_await(LV_WAIT_JOIN, 0, (void *)thread, NULL, LV_CALLER);
    result = real.pthread_join(thread, value);
    lv_wait_end();
    if (result == 0)
        lv_thread_joined((uintptr_t)thread, true);
    return result;
}

LV_HOOK int pthread_tryjoin_np(pthread_t thread, void **value)
{
    int result;

    lv_hook_ready();
    result = real.pthread_tryjoin_np(thread, value);
    if (result == 0)
        lv_thread_joined((uintptr_t)thread, true);
    return result;
}

LV_HOOK int pthread_timedjoin_np(pthread_t thread, void **value,
                                 const struct timespec *until)
{
    int result;

    lv_hook_ready();
    result = real.pthread_timedjoin_np(thread, value, until);
    if (result == 0)
        lv_thread_joined((uintptr_t)thread, true);
    return result;
}

LV_HOOK int pthread_clockjoin_np(pthread_t thread, void **value,
                                 clockid_t clock, const struct timespec *until)
{
    int result;

    lv_hook_ready();
    result = real.pthread_clockjoin_np(thread, value, clock, until);
    if (result == 0)
        lv_thread_joined((uintptr_t)thread, true);
    return result;
}

LV_HOOK int pthread_detach(pthread_t thread)
{
    int result;

    lv_hook_ready();
    result = real.pthread_detach(thread);
    if (result == 0)
        lv_thread_joined((uintptr_t)thread, false);
    return result;
}

LV_HOOK int pthread_setcanceltype(int type, int *old)
{
    lv_hook_ready();
    if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
        atomic_store_explicit(&lv_cancelled_anywhere, true,
                              memory_order_relaxed);
    return real.pthread_setcanceltype(type, old);
}

LV_HOOK int pthread_setname_np(pthread_t thread, const char *name)
{
    int result;

    lv_hook_ready();
    result = real.pthread_setname_np(thread, name);
    if (result == 0 && pthread_equal(thread, pthread_self()))
        lv_thread_named();
    return result;
}

/* Many programs name their threads this way. libc passes four arguments on,
 * whatever the program gave (sysdeps/unix/sysv/linux/prctl.c). */
LV_HOOK int prctl(int option, ...)
{
    unsigned long argument[4];
    va_list list;
    int result, i;

    va_start(list, option);
    for (i = 0; i < 4; i++)
        argument[i] = va_arg(list, unsigned long);
    va_end(list);
    lv_hook_ready();
    if (option == PR_SET_SECCOMP || option == PR_SET_NO_NEW_PRIVS)
        lv_hook_before_change(true);
    if (option == PR_SET_SECCOMP && argument[0] == SECCOMP_MODE_STRICT) {
        lv_hook_tid(); /* it cannot be asked for afterwards */
        lv_thread_mute();
    }
    result =
        real.prctl(option, argument[0], argument[1], argument[2], argument[3]);
    if (option == PR_SET_NAME && result == 0)
        lv_thread_named();
    return result;
}
