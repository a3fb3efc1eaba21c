/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore.c: semaphores that serve as mutexes.
 *
 * A semaphore is an event until it has shown that it is a lock: initialised to
 * one, and waited for and then posted by one and the same thread, twice at
 * least, and never otherwise. The first post by a thread that does not have it,
 * or a second wait by one that does, and it is an event for the rest of its
 * life: its life as a lock ends, and orders nothing any more. Named and
 * inherited ones, whose beginning we did not see, are events.
 *
 * sem_post is for signal handlers: what is known is a fixed table of atomic
 * words, in which a later semaphore may take the place of an earlier one. */
#include "hooks.h"

#define SEMAPHORE LV_HOW_FAMILY(LV_FAMILY_SEMAPHORE)

enum { KNOWN = 1024, EVIDENCE = 2 };

struct known {
    _Atomic uintptr_t semaphore; /* 0: none, or an event */
    _Atomic pid_t waiter;        /* has it now; 0: nobody */
    _Atomic uint32_t pairs;
};

static struct known table[KNOWN];

static struct known *slot_of(const sem_t *semaphore)
{
    uint64_t hash = (uintptr_t)semaphore * 0x9e3779b97f4a7c15ULL; /* Knuth */

    return &table[hash >> 54];
}

static struct known *find(const sem_t *semaphore)
{
    struct known *known = slot_of(semaphore);

    return known->semaphore == (uintptr_t)semaphore ? known : NULL;
}

static void forget(const sem_t *semaphore, uintptr_t caller)
{
    struct known *known = find(semaphore);

    if (known == NULL)
        return;
    known->semaphore = 0;
    if (known->pairs >= EVIDENCE)
        lv_lock_destroy((uintptr_t)semaphore, caller, LV_OWNER_NONE);
}

static void check(const sem_t *semaphore, uint32_t how, uintptr_t caller,
                  struct lv_ticket *ticket)
{
    const struct known *known = find(semaphore);

    ticket->instance = NULL;
    if (known == NULL)
        return;
    if (!(how & LV_HOW_TRY) && known->waiter == lv_hook_tid()) {
        forget(semaphore, caller);
        return;
    }
    if (known->pairs >= EVIDENCE &&
        !lv_acquire_known((uintptr_t)semaphore, how, caller, ticket))
        lv_acquire_miss((uintptr_t)semaphore, how, caller, ticket);
}

static void taken(const sem_t *semaphore, const struct lv_ticket *ticket)
{
    struct known *known = find(semaphore);

    if (known == NULL)
        return;
    known->waiter = lv_hook_tid();
    lv_acquire_commit(ticket);
}

/* Make room in a slot that an earlier semaphore has: its life as a lock ends,
 * unless somebody has it now. Then the later one stays an event. */
static bool give_way(struct known *known, uintptr_t caller)
{
    uintptr_t earlier = known->semaphore;

    if (earlier == 0)
        return true;
    if (known->waiter != 0)
        return false;
    forget((const sem_t *)earlier, caller);
    return true;
}

LV_HOOK int sem_init(sem_t *semaphore, int shared, unsigned value)
{
    struct known *known = slot_of(semaphore);
    int result;

    lv_hook_ready();
    result = real.sem_init(semaphore, shared, value);
    if (result != 0)
        return result;
    forget(semaphore, LV_CALLER);
    if (value == 1 && !shared && give_way(known, LV_CALLER)) {
        known->waiter = 0;
        known->pairs = 0;
        known->semaphore = (uintptr_t)semaphore;
    }
    return result;
}

LV_HOOK int sem_destroy(sem_t *semaphore)
{
    lv_hook_ready();
    forget(semaphore, LV_CALLER);
    return real.sem_destroy(semaphore);
}

LV_HOOK int sem_wait(sem_t *semaphore)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    check(semaphore, SEMAPHORE, LV_CALLER, &ticket);
    lv_hook_await(LV_WAIT_SEMAPHORE, 0, semaphore, NULL, LV_CALLER);
    result = real.sem_wait(semaphore);
    lv_wait_end();
    if (result == 0)
        taken(semaphore, &ticket);
    return result;
}

LV_HOOK int sem_trywait(sem_t *semaphore)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    result = real.sem_trywait(semaphore);
    if (result == 0) {
        check(semaphore, SEMAPHORE | LV_HOW_TRY, LV_CALLER, &ticket);
        taken(semaphore, &ticket);
    }
    return result;
}

LV_HOOK int sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    check(semaphore, SEMAPHORE | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.sem_timedwait(semaphore, until);
    if (result == 0)
        taken(semaphore, &ticket);
    return result;
}

LV_HOOK int sem_clockwait(sem_t *semaphore, clockid_t clock,
                          const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    check(semaphore, SEMAPHORE | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.sem_clockwait(semaphore, clock, until);
    if (result == 0)
        taken(semaphore, &ticket);
    return result;
}

LV_HOOK int sem_post(sem_t *semaphore)
{
    struct known *known;

    lv_hook_ready();
    known = find(semaphore);
    if (known != NULL && known->waiter == lv_hook_tid()) {
        known->waiter = 0;
        known->pairs++;
        if (!lv_release_newest((uintptr_t)semaphore))
            lv_release_miss((uintptr_t)semaphore, SEMAPHORE, LV_CALLER,
                            LV_OWNER_UNKNOWN);
    } else {
        forget(semaphore, LV_CALLER);
    }
    return real.sem_post(semaphore);
}
