/* SPDX-License-Identifier: BSD-2-Clause */
/* cond.c: pthread_cond_*, and what cnd_* shares with it.
 *
 * glibc gives the mutex up and takes it back inside the wait, through no
 * function that we see; so the wait tells both. The retaking waits like any
 * lock and carries real orders: it is checked before the program blocks.
 *
 * Of a recursive mutex held twice glibc lets go of one level alone: it stays
 * held during the wait, here as there. */
#include "glibc.h"

#define MUTEX LV_HOW_FAMILY(LV_FAMILY_MUTEX)
#define COND LV_HOW_FAMILY(LV_FAMILY_COND)

/* One that other processes share is signalled by threads that we do not see
 * (nptl/pthread_cond_common.c: __wrefs). */
static bool is_shared(const pthread_cond_t *cond)
{
    return *(const volatile unsigned *)&cond->__data.__wrefs & 1;
}

/* The mutex with which each condition variable was last waited for. What
 * another thread changes meanwhile costs a look, or spares one. */
static struct {
    _Atomic uintptr_t cond, mutex;
} last[1024];

void lv_hook_bind(const pthread_cond_t *cond, const struct lv_ticket *again)
{
    uintptr_t address = (uintptr_t)cond, mutex = lv_unwatched(again->lock);
    uint64_t hash = address * 0x9e3779b97f4a7c15ULL; /* Knuth */

    if (again->instance == NULL)
        return;
    if (last[hash >> 54].cond == address && last[hash >> 54].mutex == mutex)
        return;
    if (last[hash >> 54].cond == address)
        lv_await_with(address, sizeof *cond, again);
    last[hash >> 54].mutex = mutex;
    last[hash >> 54].cond = address;
}

/* ---- signals that nobody heard --------------------------------------------
 */

enum { UNHEARD = 1024 };

/* Conditions whose last signal came while nobody waited; a later one may take
 * the place of an earlier one. */
static _Atomic uintptr_t unheard[UNHEARD];

static _Atomic uintptr_t *unheard_slot(const pthread_cond_t *cond)
{
    uint64_t hash = (uintptr_t)cond * 0x9e3779b97f4a7c15ULL; /* Knuth */

    return &unheard[hash >> 54];
}

/* __wrefs counts, from its bit 3 on, who waits. Stores only what is news. */
static void note_hearing(const pthread_cond_t *cond)
{
    _Atomic uintptr_t *slot = unheard_slot(cond);
    uintptr_t known = atomic_load_explicit(slot, memory_order_relaxed);
    bool heard = *(const volatile unsigned *)&cond->__data.__wrefs >> 3 != 0;

    if (heard == (known == (uintptr_t)cond))
        atomic_store_explicit(slot, heard ? 0 : (uintptr_t)cond,
                              memory_order_relaxed);
}

uint32_t lv_hook_hearing(const pthread_cond_t *cond)
{
    return atomic_load_explicit(unheard_slot(cond), memory_order_relaxed) ==
                   (uintptr_t)cond
               ? LV_WAIT_UNHEARD
               : 0;
}

void lv_hook_depend(const pthread_cond_t *cond, uintptr_t caller)
{
    if (lv_holds_any() && !is_shared(cond))
        lv_await((uintptr_t)cond, COND, caller);
}

void lv_hook_signal(const pthread_cond_t *cond, uintptr_t caller)
{
    lv_hook_ready();
    note_hearing(cond);
    if (!is_shared(cond))
        lv_signal((uintptr_t)cond, COND, caller);
}

/* It begins or ends: what was there before is another. */
void lv_hook_cond_over(const pthread_cond_t *cond, uintptr_t caller)
{
    lv_hook_ready();
    if (lv_hook_hearing(cond) != 0)
        atomic_store_explicit(unheard_slot(cond), 0, memory_order_relaxed);
    if (lv_page_may_hold((uintptr_t)cond))
        lv_lock_destroy((uintptr_t)cond, caller, LV_OWNER_NONE);
}

void lv_hook_wait_begin(struct lv_hook_wait *wait, pthread_mutex_t *mutex,
                        uint32_t how, uintptr_t caller)
{
    uintptr_t lock = (uintptr_t)mutex;

    lv_hook_ready();
    wait->held = lv_release_newest(lock);
    if (!wait->held) {
        wait->held = lv_is_held(lock);
        lv_release_miss(lock, how | lv_glibc_unlock(mutex), caller,
                        lv_glibc_mutex_owner(mutex));
    }
    if (!lv_acquire_known(lock, how, caller, &wait->again))
        lv_acquire_miss(lock, how | lv_glibc_relock(mutex), caller,
                        &wait->again);
}

/* A wait that was refused (a bad clock, not the owner) left the mutex as it
 * was. */
void lv_hook_wait_end(const struct lv_hook_wait *wait, bool owns)
{
    lv_wait_end();
    if (owns || wait->held)
        lv_acquire_commit(&wait->again);
}

/* On cancellation glibc takes the mutex back before cleanup handlers run;
 * ours, the innermost, runs before the program's. */
void lv_hook_wait_cancelled(void *wait)
{
    lv_hook_wait_end(wait, true);
}

static void finish(const struct lv_hook_wait *wait, int result)
{
    struct lv_hook_wait w = *wait;

    if (result == ENOTRECOVERABLE)
        w.held = false; /* it was given up, and nobody can have it back */
    lv_hook_wait_end(&w, lv_hook_owns(result) || result == ETIMEDOUT);
}

LV_HOOK int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    struct lv_hook_wait wait;
    int result;

    lv_hook_wait_begin(&wait, mutex, MUTEX, LV_CALLER);
    lv_hook_bind(cond, &wait.again);
    lv_hook_depend(cond, LV_CALLER);
    lv_hook_await(LV_WAIT_CONDITION, lv_hook_hearing(cond), cond, &wait.again,
                  LV_CALLER);
    pthread_cleanup_push(lv_hook_wait_cancelled, &wait);
    result = real.pthread_cond_wait(cond, mutex);
    pthread_cleanup_pop(0);
    finish(&wait, result);
    return result;
}

LV_HOOK int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                   const struct timespec *until)
{
    struct lv_hook_wait wait;
    int result;

    lv_hook_wait_begin(&wait, mutex, MUTEX, LV_CALLER);
    lv_hook_bind(cond, &wait.again);
    pthread_cleanup_push(lv_hook_wait_cancelled, &wait);
    result = real.pthread_cond_timedwait(cond, mutex, until);
    pthread_cleanup_pop(0);
    finish(&wait, result);
    return result;
}

LV_HOOK int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                   clockid_t clock,
                                   const struct timespec *until)
{
    struct lv_hook_wait wait;
    int result;

    lv_hook_wait_begin(&wait, mutex, MUTEX, LV_CALLER);
    lv_hook_bind(cond, &wait.again);
    pthread_cleanup_push(lv_hook_wait_cancelled, &wait);
    result = real.pthread_cond_clockwait(cond, mutex, clock, until);
    pthread_cleanup_pop(0);
    finish(&wait, result);
    return result;
}

LV_HOOK int pthread_cond_signal(pthread_cond_t *cond)
{
    lv_hook_signal(cond, LV_CALLER);
    return real.pthread_cond_signal(cond);
}

LV_HOOK int pthread_cond_broadcast(pthread_cond_t *cond)
{
    lv_hook_signal(cond, LV_CALLER);
    return real.pthread_cond_broadcast(cond);
}

LV_HOOK int pthread_cond_init(pthread_cond_t *cond,
                              const pthread_condattr_t *attr)
{
    lv_hook_cond_over(cond, LV_CALLER);
    return real.pthread_cond_init(cond, attr);
}

LV_HOOK int pthread_cond_destroy(pthread_cond_t *cond)
{
    lv_hook_cond_over(cond, LV_CALLER);
    return real.pthread_cond_destroy(cond);
}
