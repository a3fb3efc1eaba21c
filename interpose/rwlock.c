/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock.c: pthread_rwlock_*.
 *
 * The mode of a read lock is part of what the fast path looks up, and depends
 * on the kind of the object: one field of the line that the real call is about
 * to touch. */
#include "glibc.h"
#include "wait.h"

#define RWLOCK LV_HOW_FAMILY(LV_FAMILY_RWLOCK)

static LV_COLD void miss(const pthread_rwlock_t *rwlock, uint32_t how,
                         uintptr_t caller, struct lv_ticket *ticket)
{
    lv_hook_ready();
    /* A try that succeeded is its own writer: not a relock. */
    if (!(how & LV_HOW_TRY))
        how |= lv_glibc_rwlock_relock(rwlock);
    lv_acquire_miss((uintptr_t)rwlock, how, caller, ticket);
}

static LV_COLD void unlock_miss(const pthread_rwlock_t *rwlock,
                                uintptr_t caller)
{
    lv_hook_ready();
    lv_release_miss((uintptr_t)rwlock, RWLOCK, caller,
                    lv_glibc_rwlock_owner(rwlock));
}

static inline void check(const pthread_rwlock_t *rwlock, uint32_t how,
                         uintptr_t caller, struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(!lv_acquire_known((uintptr_t)rwlock, how, caller, ticket)))
        miss(rwlock, how, caller, ticket);
}

static inline uint32_t read_how(const pthread_rwlock_t *rwlock)
{
    return RWLOCK | lv_glibc_read_mode(rwlock);
}

typedef int timed_lock(pthread_rwlock_t *, clockid_t, const struct timespec *);

static int wait_plainly(pthread_rwlock_t *rwlock,
                        int (*plain)(pthread_rwlock_t *),
                        const struct lv_ticket *ticket)
{
    int result;

    lv_hook_await(LV_WAIT_LOCK, 0, rwlock, ticket, LV_CALLER);
    result = plain(rwlock);
    lv_wait_end();
    return result;
}

static LV_COLD int wait_for(pthread_rwlock_t *rwlock, timed_lock *timed,
                            int (*plain)(pthread_rwlock_t *),
                            const struct lv_ticket *ticket)
{
    unsigned slice;

    if (!lv_hook_slices)
        return wait_plainly(rwlock, plain, ticket);
    for (slice = 0;; slice++) {
        struct timespec end = lv_slice_end(slice);
        int result = timed(rwlock, CLOCK_MONOTONIC, &end);

        if (result != ETIMEDOUT) {
            lv_slices_end(slice);
            return result;
        }
        lv_blocked(ticket);
    }
}

/* Where the step is not known, or the lock not free. */
static LV_COLD int read_otherwise(pthread_rwlock_t *rwlock, uint32_t how,
                                  uintptr_t caller)
{
    struct lv_ticket ticket;
    int result;

    check(rwlock, how, caller, &ticket);
    if ((result = real.pthread_rwlock_tryrdlock(rwlock)) == EBUSY)
        result = wait_for(rwlock, real.pthread_rwlock_clockrdlock,
                          real.pthread_rwlock_rdlock, &ticket);
    if (result == 0)
        lv_acquire_commit(&ticket);
    return result;
}

/* The lock is ours, but the step would not do any more. */
static LV_COLD void read_again(const pthread_rwlock_t *rwlock, uint32_t how,
                               uintptr_t caller)
{
    struct lv_ticket ticket;

    check(rwlock, how, caller, &ticket);
    lv_acquire_commit(&ticket);
}

LV_HOOK int pthread_rwlock_rdlock(pthread_rwlock_t *rwlock)
{
    uint32_t how = read_how(rwlock);
    const struct lv_transition *known =
        lv_transition_look((uintptr_t)rwlock, how, LV_CALLER);

    uint64_t next;

    if (LV_UNLIKELY(known == NULL))
        return read_otherwise(rwlock, how, LV_CALLER);
    next = known->next;
    if (LV_UNLIKELY(real.pthread_rwlock_tryrdlock(rwlock) != 0))
        return read_otherwise(rwlock, how, LV_CALLER);
    if (LV_UNLIKELY(!lv_transition_commit(known, next, (uintptr_t)rwlock, how)))
        read_again(rwlock, how, LV_CALLER);
    return 0;
}

LV_HOOK int pthread_rwlock_wrlock(pthread_rwlock_t *rwlock)
{
    struct lv_ticket ticket;
    int result;

    check(rwlock, RWLOCK | LV_HOW_WRITE, LV_CALLER, &ticket);
    if (LV_UNLIKELY((result = real.pthread_rwlock_trywrlock(rwlock)) == EBUSY))
        result = wait_for(rwlock, real.pthread_rwlock_clockwrlock,
                          real.pthread_rwlock_wrlock, &ticket);
    if (result == 0)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_rwlock_unlock(pthread_rwlock_t *rwlock)
{
    if (LV_UNLIKELY(!lv_release_newest((uintptr_t)rwlock)))
        unlock_miss(rwlock, LV_CALLER);
    return real.pthread_rwlock_unlock(rwlock);
}

LV_HOOK int pthread_rwlock_tryrdlock(pthread_rwlock_t *rwlock)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    result = real.pthread_rwlock_tryrdlock(rwlock);
    if (result == 0) {
        check(rwlock, read_how(rwlock) | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

LV_HOOK int pthread_rwlock_trywrlock(pthread_rwlock_t *rwlock)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    result = real.pthread_rwlock_trywrlock(rwlock);
    if (result == 0) {
        check(rwlock, RWLOCK | LV_HOW_WRITE | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

LV_HOOK int pthread_rwlock_timedrdlock(pthread_rwlock_t *rwlock,
                                       const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    check(rwlock, read_how(rwlock) | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.pthread_rwlock_timedrdlock(rwlock, until);
    if (result == 0)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_rwlock_timedwrlock(pthread_rwlock_t *rwlock,
                                       const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    check(rwlock, RWLOCK | LV_HOW_WRITE | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.pthread_rwlock_timedwrlock(rwlock, until);
    if (result == 0)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_rwlock_clockrdlock(pthread_rwlock_t *rwlock,
                                       clockid_t clock,
                                       const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    check(rwlock, read_how(rwlock) | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.pthread_rwlock_clockrdlock(rwlock, clock, until);
    if (result == 0)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_rwlock_clockwrlock(pthread_rwlock_t *rwlock,
                                       clockid_t clock,
                                       const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    check(rwlock, RWLOCK | LV_HOW_WRITE | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.pthread_rwlock_clockwrlock(rwlock, clock, until);
    if (result == 0)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_rwlock_init(pthread_rwlock_t *rwlock,
                                const pthread_rwlockattr_t *attr)
{
    int result;

    lv_hook_ready();
    result = real.pthread_rwlock_init(rwlock, attr);
    if (result == 0)
        lv_lock_init((uintptr_t)rwlock, RWLOCK, LV_CALLER, NULL);
    return result;
}

LV_HOOK int pthread_rwlock_destroy(pthread_rwlock_t *rwlock)
{
    lv_hook_ready();
    lv_lock_destroy((uintptr_t)rwlock, LV_CALLER,
                    lv_glibc_rwlock_owner(rwlock));
    return real.pthread_rwlock_destroy(rwlock);
}
