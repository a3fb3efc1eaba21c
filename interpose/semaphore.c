/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore.c: semaphores that serve as mutexes, and those that are events.
 *
 * A semaphore initialised to one is taken for a mutex: waited for and then
 * posted by one and the same thread. After two such pairs the evidence
 * suffices; until then what is concluded is a guess. The first post by a thread
 * that does not have it, or a second wait by one that does, and it never was a
 * mutex: it is an event from then on, as one initialised to anything else is
 * from its beginning, unless some pair came first. Named and shared ones, which
 * others post unseen, are mutexes or nothing; a named one, which may have begun
 * elsewhere, if it is at most at one when it is opened. Inherited ones are
 * neither.
 *
 * sem_post is for signal handlers: what is known is a fixed table of atomic
 * words, in which a later semaphore may take the place of an earlier one. */
#include "hooks.h"

#include <limits.h>

#define SEMAPHORE LV_HOW_FAMILY(LV_FAMILY_SEMAPHORE)
#define EVENT LV_HOW_FAMILY(LV_FAMILY_EVENT)

enum { KNOWN = 1024, EVIDENCE = 2 };

struct known {
    _Atomic uintptr_t semaphore; /* 0: none, or nothing is known of it */
    atomic_bool is_mutex;        /* else an event */
    _Atomic pid_t waiter;        /* has it now; 0: nobody */
    _Atomic uint32_t pairs;
    _Atomic uint32_t opened; /* a named one: how often */
    atomic_bool is_shared;
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

static bool serves_as_mutex(const struct known *known)
{
    return known != NULL && known->is_mutex;
}

static bool is_event(const struct known *known)
{
    return known != NULL && !known->is_mutex;
}

/* A wait with a limit in time ends by itself, like a try. */
static uint32_t event_how(uint32_t how)
{
    return how & (LV_HOW_TRY | LV_HOW_TIMED) ? LV_HOW_TRY : 0;
}

/* By who has it, or had it just now: the semaphore itself orders what others
 * read. */
static void set_waiter(struct known *known, pid_t waiter)
{
    atomic_store_explicit(&known->waiter, waiter, memory_order_relaxed);
}

/* Its life ends. */
static void forget(const sem_t *semaphore, uintptr_t caller)
{
    struct known *known = find(semaphore);

    if (known == NULL)
        return;
    known->semaphore = 0;
    lv_lock_destroy((uintptr_t)semaphore, caller, LV_OWNER_NONE);
}

/* It was no mutex after all. Who posted it so far had it; that is no event. */
static void refute(struct known *known, const sem_t *semaphore,
                   uintptr_t caller)
{
    if (known->pairs > 0 || known->is_shared)
        known->semaphore = 0;
    known->is_mutex = false;
    lv_guess_fails((uintptr_t)semaphore, caller);
}

/* The thread may wait, or has not waited (LV_HOW_TRY). */
static void check(const sem_t *semaphore, uint32_t how, uintptr_t caller,
                  struct lv_ticket *ticket)
{
    struct known *known = find(semaphore);

    ticket->instance = NULL;
    if (serves_as_mutex(known) && !(how & LV_HOW_TRY) &&
        known->waiter == lv_hook_tid()) {
        refute(known, semaphore, caller);
        known = find(semaphore);
    }
    if (is_event(known))
        lv_await((uintptr_t)semaphore, EVENT | event_how(how), caller);
    else if (known != NULL &&
             !lv_acquire_known((uintptr_t)semaphore, how, caller, ticket))
        lv_acquire_miss((uintptr_t)semaphore, how, caller, ticket);
}

static void taken(const sem_t *semaphore, const struct lv_ticket *ticket)
{
    struct known *known = find(semaphore);

    if (!serves_as_mutex(known))
        return;
    set_waiter(known, lv_hook_tid());
    lv_acquire_commit(ticket);
}

/* Make room in a slot that an earlier semaphore has: its life ends, unless
 * somebody has it now. Then nothing is known of the later one. */
static bool give_way(struct known *known, uintptr_t caller)
{
    uintptr_t earlier = known->semaphore;

    if (earlier == 0)
        return true;
    if (known->is_mutex && known->waiter != 0)
        return false;
    forget((const sem_t *)earlier, caller);
    return true;
}

static void begin(struct known *known, const sem_t *semaphore, bool is_mutex,
                  bool is_shared)
{
    known->is_mutex = is_mutex;
    known->is_shared = is_shared;
    known->waiter = 0;
    known->pairs = 0;
    known->opened = 0;
    known->semaphore = (uintptr_t)semaphore;
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
    if ((!shared || value == 1) && give_way(known, LV_CALLER))
        begin(known, semaphore, value == 1, shared != 0);
    return result;
}

/* glibc makes it under another name, which is gone when it has its own
 * (sysdeps/pthread/sem_open.c). */
static void name_it(const sem_t *semaphore, const char *name)
{
    char path[NAME_MAX + 32];

    while (*name == '/')
        name++;
    snprintf(path, sizeof(path), "/dev/shm/sem.%s", name);
    lv_memory_named((uintptr_t)semaphore, path);
}

/* libc maps it without our seeing it, and once alone in a process. */
static void opened(sem_t *semaphore, const char *name, uintptr_t caller)
{
    struct known *known = slot_of(semaphore);
    int value = 0;

    if (known->semaphore == (uintptr_t)semaphore) {
        known->opened++;
        return;
    }
    lv_memory_shared();
    name_it(semaphore, name);
    if (sem_getvalue(semaphore, &value) != 0 || value > 1 ||
        !give_way(known, caller))
        return;
    begin(known, semaphore, true, true);
    known->opened = 1;
}

LV_HOOK sem_t *sem_open(const char *name, int flags, ...)
{
    unsigned value = 0;
    mode_t mode = 0;
    sem_t *semaphore;
    va_list list;

    va_start(list, flags);
    if (flags & O_CREAT) {
        mode = va_arg(list, mode_t);
        value = va_arg(list, unsigned);
    }
    va_end(list);
    lv_hook_ready();
    semaphore = real.sem_open(name, flags, mode, value);
    if (semaphore != SEM_FAILED)
        opened(semaphore, name, LV_CALLER);
    return semaphore;
}

/* The last close unmaps it. */
LV_HOOK int sem_close(sem_t *semaphore)
{
    struct known *known;

    lv_hook_ready();
    known = find(semaphore);
    if (known != NULL && (known->opened == 0 || --known->opened == 0))
        forget(semaphore, LV_CALLER);
    return real.sem_close(semaphore);
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

/* By who has it: it is a mutex. */
static void give_back(struct known *known, uintptr_t caller)
{
    uintptr_t semaphore = known->semaphore;

    set_waiter(known, 0);
    if (!lv_release_newest(semaphore))
        lv_release_miss(semaphore, SEMAPHORE, caller, LV_OWNER_UNKNOWN);
    if (known->pairs < EVIDENCE && ++known->pairs == EVIDENCE)
        lv_guess_holds(semaphore);
}

LV_HOOK int sem_post(sem_t *semaphore)
{
    struct known *known;

    lv_hook_ready();
    lv_blocks_shown();
    known = find(semaphore);
    if (serves_as_mutex(known) && known->waiter == lv_hook_tid()) {
        give_back(known, LV_CALLER);
        return real.sem_post(semaphore);
    }
    if (serves_as_mutex(known)) {
        refute(known, semaphore, LV_CALLER);
        known = find(semaphore);
    }
    if (is_event(known))
        lv_signal((uintptr_t)semaphore, EVENT, LV_CALLER);
    return real.sem_post(semaphore);
}
