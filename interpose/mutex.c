/* SPDX-License-Identifier: BSD-2-Clause */
/* mutex.c: pthread_mutex_*.
 *
 * A lock that waits is checked before it waits and kept after it succeeded; a
 * try is checked after it succeeded. A failed one leaves nothing behind.
 * pthread_mutex_consistent changes no owner and is not hooked. */
#include "glibc.h"
#include "wait.h"

#define MUTEX LV_HOW_FAMILY(LV_FAMILY_MUTEX)

static LV_COLD void miss(const pthread_mutex_t *mutex, uint32_t how,
                         uintptr_t caller, struct lv_ticket *ticket)
{
    lv_hook_ready();
    if (LV_UNLIKELY(lv_glibc_is_no_mutex(mutex))) {
        ticket->instance = NULL;
        lv_lock_invalid((uintptr_t)mutex, how, caller,
                        lv_glibc_is_destroyed(mutex));
        return;
    }
    if (lv_glibc_robust(mutex))
        lv_hook_thread.robust = true;
    if (lv_holds_any() && !(how & LV_HOW_TRY) &&
        lv_glibc_mutex_owner(mutex) == LV_OWNER_NONE &&
        lv_is_held((uintptr_t)mutex))
        lv_hold_lost((uintptr_t)mutex);
    lv_acquire_miss((uintptr_t)mutex, how | lv_glibc_relock(mutex), caller,
                    ticket);
}

static LV_COLD void unlock_miss(const pthread_mutex_t *mutex, uintptr_t caller)
{
    lv_hook_ready();
    lv_release_miss((uintptr_t)mutex, MUTEX | lv_glibc_unlock(mutex), caller,
                    lv_glibc_mutex_owner(mutex));
}

static inline void check(const pthread_mutex_t *mutex, uint32_t how,
                         uintptr_t caller, struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(!lv_acquire_known((uintptr_t)mutex, how, caller, ticket)))
        miss(mutex, how, caller, ticket);
}

static int wait_plainly(pthread_mutex_t *mutex, const struct lv_ticket *ticket)
{
    int result;

    lv_hook_await(LV_WAIT_LOCK, 0, mutex, ticket, LV_CALLER);
    result = real.pthread_mutex_lock(mutex);
    lv_wait_end();
    return result;
}

/* How often the thread looks before it sleeps. What it waits for is often given
 * back sooner than it could sleep and be woken (A. Karlin et al., "Competitive
 * Randomized Algorithms for Non-Uniform Problems", SODA 1990); where it is not,
 * the thread looks less often the next time. */
enum { PATIENCE_MOST = 240, PATIENCE_LEAST = 4 };

static __thread unsigned patience __attribute__((tls_model("initial-exec"))) =
    PATIENCE_LEAST;

/* EBUSY: it was not given back. */
static int look(pthread_mutex_t *mutex)
{
    unsigned i, wait, done = 0;
    int result = EBUSY;

    for (wait = 8; done < patience && result == EBUSY; wait *= 2) {
        for (i = 0; i < wait; i++)
            lv_wait_relax();
        done += wait;
        if (!lv_glibc_is_taken(mutex))
            result = real.pthread_mutex_trylock(mutex);
    }
    patience = result == EBUSY ? patience / 2 : patience * 2;
    if (patience < PATIENCE_LEAST)
        patience = PATIENCE_LEAST;
    if (patience > PATIENCE_MOST)
        patience = PATIENCE_MOST;
    return result;
}

LV_COLD int lv_hook_wait_mutex(pthread_mutex_t *mutex,
                               const struct lv_ticket *ticket)
{
    unsigned slice;
    int result;

    if (!lv_hook_slices || lv_glibc_has_protocol(mutex))
        return wait_plainly(mutex, ticket);
    result = look(mutex);
    if (result != EBUSY)
        return result;
    for (slice = 0;; slice++) {
        struct timespec end = lv_slice_end(slice);

        result = real.pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &end);

        if (result != ETIMEDOUT) {
            lv_slices_end(slice);
            return result;
        }
        lv_blocked(ticket);
    }
}

static inline int lock_or_try(pthread_mutex_t *mutex)
{
    return lv_glibc_is_alone(mutex) ? real.pthread_mutex_lock(mutex)
                                    : real.pthread_mutex_trylock(mutex);
}

/* After lock_or_try, which returned `result`. */
static int finish(pthread_mutex_t *mutex, int result,
                  const struct lv_ticket *ticket)
{
    if (result == EBUSY)
        result = lv_hook_wait_mutex(mutex, ticket);
    if (lv_hook_owns(result))
        lv_acquire_commit(ticket);
    return result;
}

static LV_COLD int lock_unknown(pthread_mutex_t *mutex, uintptr_t caller)
{
    struct lv_ticket ticket;

    miss(mutex, MUTEX, caller, &ticket);
    return finish(mutex, lock_or_try(mutex), &ticket);
}

/* It is taken, or failed, or the step would not do any more. */
static LV_COLD int lock_otherwise(pthread_mutex_t *mutex, int result,
                                  uintptr_t caller)
{
    struct lv_ticket ticket;

    check(mutex, MUTEX, caller, &ticket);
    return finish(mutex, result, &ticket);
}

/* Among others, by a step that is known. */
static inline int lock_among_others(pthread_mutex_t *mutex,
                                    const struct lv_transition *known,
                                    uintptr_t caller)
{
    uint64_t next = known->next;
    int result = lock_or_try(mutex);

    if (LV_UNLIKELY(result != 0 || !lv_transition_commit(
                                       known, next, (uintptr_t)mutex, MUTEX)))
        return lock_otherwise(mutex, result, caller);
    return 0;
}

LV_HOOK int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    uintptr_t lock = (uintptr_t)mutex;
    const struct lv_transition *known =
        lv_transition_look(lock, MUTEX, LV_CALLER);

    if (LV_UNLIKELY(known == NULL))
        return lock_unknown(mutex, LV_CALLER);
    if (lv_glibc_locks_surely(mutex) && lv_transition_push(known, lock, MUTEX))
        return real.pthread_mutex_lock(mutex);
    return lock_among_others(mutex, known, LV_CALLER);
}

LV_HOOK int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (LV_UNLIKELY(!lv_release_newest((uintptr_t)mutex)))
        unlock_miss(mutex, LV_CALLER);
    return real.pthread_mutex_unlock(mutex);
}

LV_HOOK int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    result = real.pthread_mutex_trylock(mutex);
    if (lv_hook_owns(result)) {
        check(mutex, MUTEX | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    } else if (LV_UNLIKELY(result == EINVAL)) {
        miss(mutex, MUTEX | LV_HOW_TRY, LV_CALLER, &ticket);
    }
    return result;
}

LV_HOOK int pthread_mutex_timedlock(pthread_mutex_t *mutex,
                                    const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    check(mutex, MUTEX | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.pthread_mutex_timedlock(mutex, until);
    if (lv_hook_owns(result))
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                    const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    check(mutex, MUTEX | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.pthread_mutex_clocklock(mutex, clock, until);
    if (lv_hook_owns(result))
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_mutex_init(pthread_mutex_t *mutex,
                               const pthread_mutexattr_t *attr)
{
    int result;

    lv_hook_ready();
    result = real.pthread_mutex_init(mutex, attr);
    if (result == 0)
        lv_lock_init((uintptr_t)mutex, MUTEX | lv_glibc_relock(mutex),
                     LV_CALLER, NULL);
    return result;
}

LV_HOOK int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    lv_hook_ready();
    lv_lock_destroy((uintptr_t)mutex, LV_CALLER, lv_glibc_mutex_owner(mutex));
    return real.pthread_mutex_destroy(mutex);
}

/* Takes the mutex, as any thread would, and gives it back before it returns;
 * but for one that the thread already holds. */
LV_HOOK int pthread_mutex_setprioceiling(pthread_mutex_t *mutex, int ceiling,
                                         int *old)
{
    struct lv_ticket ticket;

    lv_hook_ready();
    if (!lv_is_held((uintptr_t)mutex))
        check(mutex, MUTEX, LV_CALLER, &ticket);
    return real.pthread_mutex_setprioceiling(mutex, ceiling, old);
}
