/* SPDX-License-Identifier: BSD-2-Clause */
/* waiting.c: see waiting.h. Its readers are in other processes and take no
 * lock: a wait stands while its serial is odd, and is not changed meanwhile. */
#include "waiting.h"

#include <pthread.h>

#include "engine.h"
#include "hash.h"
#include "memory.h"
#include "module.h"
#include "observe.h"
#include "place.h"
#include "record.h"

enum { KNOWN = 8 };

/* A wait as it was told before: with this chain held, from there. */
struct known {
    uint64_t key, life; /* of the chain; of the ticket's instance */
    uintptr_t caller;
    const struct lv_instance *instance;
    struct lv_rec_wait wait;
};

struct lv_waits {
    struct lv_rec_wait *told; /* in the record; NULL: no place yet */
    bool busy;                /* a handler must leave this alone just now */
    struct known known[KNOWN];
};

static struct lv_rec_waits *newest;

/* ---- the place ------------------------------------------------------------
 */

static struct lv_rec_wait *free_place(void)
{
    struct lv_rec_waits *at;
    size_t i;

    for (at = newest; at != NULL;) {
        for (i = 0; i < LV_WAIT_SLOTS; i++)
            if (at->wait[i].thread == 0)
                return &at->wait[i];
        if (at->older == 0)
            break;
        at = (struct lv_rec_waits *)((char *)lv_record_header() + at->older);
    }
    return NULL;
}

static struct lv_rec_wait *new_place(void)
{
    struct lv_rec_waits *more = lv_record_append(LV_REC_WAITS, sizeof *more);

    if (more == NULL)
        return NULL;
    more->older = newest == NULL ? 0 : lv_record_offset(newest);
    lv_record_commit(more);
    newest = more;
    lv_record_header()->waits = lv_record_offset(more);
    return &more->wait[0];
}

static bool find_place(struct lv_thread *thread)
{
    struct lv_rec_wait *told;

    if (thread->waits == NULL)
        thread->waits = lv_calloc(1, sizeof *thread->waits);
    if (thread->waits == NULL)
        return false;
    if (thread->waits->told != NULL)
        return true;
    told = free_place();
    if (told == NULL)
        told = new_place();
    if (told == NULL)
        return false;
    told->tid = lv_raw_gettid();
    told->self = (uintptr_t)pthread_self();
    told->thread = thread->id;
    thread->waits->told = told;
    return true;
}

void lv_waiting_drop(struct lv_thread *thread)
{
    if (thread->waits == NULL)
        return;
    if (thread->waits->told != NULL) {
        thread->waits->told->serial = (thread->waits->told->serial | 1) + 1;
        thread->waits->told->thread = 0;
    }
    lv_free(thread->waits);
    thread->waits = NULL;
}

void lv_waiting_forked(struct lv_thread *thread)
{
    newest = NULL;
    lv_free(thread->waits);
    thread->waits = NULL;
}

static bool differs(const struct lv_rec_wait *wait,
                    const struct lv_thread *thread, uintptr_t condition,
                    uintptr_t mutex)
{
    return wait->thread != 0 && wait->thread != thread->id &&
           wait->kind == LV_WAIT_CONDITION && wait->serial & 1 &&
           wait->address == condition && wait->mutex != mutex;
}

const struct lv_rec_wait *lv_waiting_with_other(const struct lv_thread *thread,
                                                uintptr_t condition,
                                                uintptr_t mutex)
{
    const struct lv_rec_waits *at = newest;
    size_t i;

    while (at != NULL) {
        for (i = 0; i < LV_WAIT_SLOTS; i++)
            if (differs(&at->wait[i], thread, condition, mutex))
                return &at->wait[i];
        if (at->older == 0)
            return NULL;
        at = (const void *)((char *)lv_record_header() + at->older);
    }
    return NULL;
}

bool lv_waiting_waited(const struct lv_thread *thread, uintptr_t condition,
                       uintptr_t mutex, uint32_t *stack)
{
    const struct lv_rec_wait *wait;
    size_t i;

    for (i = 0; thread->waits != NULL && i < KNOWN; i++) {
        wait = &thread->waits->known[i].wait;
        if (wait->kind != LV_WAIT_CONDITION || wait->address != condition ||
            wait->mutex != mutex)
            continue;
        *stack = wait->wanted.stack;
        return true;
    }
    return false;
}

/* ---- telling --------------------------------------------------------------
 */

static void copy(struct lv_rec_wait *to, const struct lv_rec_wait *from)
{
    uint32_t i;

    to->kind = from->kind;
    to->flags = from->flags;
    to->joined = from->joined;
    to->address = from->address;
    to->mutex = from->mutex;
    to->place = from->place;
    to->stack = from->stack;
    to->wanted = from->wanted;
    to->count = from->count;
    for (i = 0; i < from->count; i++)
        to->hold[i] = from->hold[i];
}

static void stop(struct lv_rec_wait *told)
{
    if (told->serial & 1)
        __atomic_store_n(&told->serial, told->serial + 1, __ATOMIC_RELEASE);
}

static void tell(struct lv_rec_wait *told, const struct lv_rec_wait *wait,
                 uint32_t flags)
{
    stop(told); /* left by a jump, or by a handler that came in between */
    atomic_thread_fence(memory_order_release);
    copy(told, wait);
    told->flags = flags;
    __atomic_store_n(&told->serial, told->serial + 1, __ATOMIC_RELEASE);
}

static struct known *slot_of(struct lv_waits *waits, uintptr_t object,
                             uintptr_t caller)
{
    return &waits->known[lv_mix(object, caller) % KNOWN];
}

/* The same chain holds the same locks, though perhaps taken elsewhere. */
static bool same_holds(const struct lv_rec_wait *wait)
{
    const struct lv_held *held = lv_self.top;
    uint32_t i;

    for (i = wait->count; i > 0; i--, held--)
        if (wait->hold[i - 1].stack != held->stack)
            return false;
    return true;
}

static bool is_known(const struct known *known,
                     const struct lv_awaited *awaited, uintptr_t caller)
{
    const struct lv_ticket *ticket = awaited->ticket;

    if (known->wait.kind != awaited->kind || known->key != lv_self.key ||
        known->caller != caller || known->wait.address != awaited->object ||
        (known->wait.flags ^ awaited->flags) & ~LV_WAIT_UNHEARD ||
        known->instance != (ticket == NULL ? NULL : ticket->instance))
        return false;
    return (known->instance == NULL || known->life == known->instance->life) &&
           same_holds(&known->wait);
}

static void add_holds(struct lv_thread *thread, struct lv_rec_wait *wait)
{
    const struct lv_held *held, *top = thread->self->top;

    wait->count = 0;
    held =
        top - thread->base > LV_WAIT_HOLDS ? top - LV_WAIT_HOLDS : thread->base;
    while (++held <= top)
        if (lv_hold_valid(thread, held) && held->instance->life != 0)
            wait->hold[wait->count++] =
                lv_describe(held->instance, held->how, held->stack);
}

static lv_place static_place(uintptr_t object)
{
    const struct lv_module *module = lv_module_find(object);

    return module != NULL && object >= module->data_start &&
                   object < module->data_end
               ? lv_place_of(object)
               : 0;
}

static void fill(struct lv_thread *thread, struct lv_rec_wait *wait,
                 const struct lv_awaited *awaited)
{
    const struct lv_ticket *ticket = awaited->ticket;

    *wait = (struct lv_rec_wait){
        .kind = awaited->kind,
        .flags = awaited->flags,
        .address = awaited->object,
        .place = static_place(awaited->object),
        .stack = lv_stack_intern(&thread->stack),
    };
    if (awaited->kind == LV_WAIT_JOIN)
        wait->joined = lv_thread_id_of(awaited->object);
    if (ticket != NULL && ticket->instance != NULL &&
        ticket->instance->life != 0) {
        wait->wanted =
            lv_describe(ticket->instance, ticket->how, ticket->stack);
        wait->mutex = lv_unwatched(ticket->lock);
    }
    add_holds(thread, wait);
}

static void learn(struct lv_thread *thread, const struct lv_awaited *awaited,
                  uintptr_t caller)
{
    const struct lv_ticket *ticket = awaited->ticket;
    struct known *known = slot_of(thread->waits, awaited->object, caller);

    known->key = thread->self->key;
    known->caller = caller;
    known->instance = ticket == NULL ? NULL : ticket->instance;
    known->life = known->instance == NULL ? 0 : known->instance->life;
    fill(thread, &known->wait, awaited);
    thread->waits->busy = true;
    tell(thread->waits->told, &known->wait, awaited->flags);
    thread->waits->busy = false;
    if (awaited->kind == LV_WAIT_JOIN)
        known->wait.kind = 0; /* a handle may mean another thread next time */
}

static void begin_new(const struct lv_awaited *awaited, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    if (find_place(thread))
        learn(thread, awaited, caller);
    lv_slow_leave(&guard);
}

/* A handler may come at any point and wait as well: it then finds `busy`, or
 * leaves a wait behind that is over. */
void lv_wait_begin(const struct lv_awaited *awaited, uintptr_t caller)
{
    struct lv_thread *thread = lv_self.thread;
    struct lv_waits *waits = thread == NULL ? NULL : thread->waits;
    const struct known *known;

    if (waits != NULL && waits->busy)
        return;
    if (waits == NULL || waits->told == NULL) {
        begin_new(awaited, caller);
        return;
    }
    known = slot_of(waits, awaited->object, caller);
    if (!is_known(known, awaited, caller)) {
        begin_new(awaited, caller);
        return;
    }
    waits->busy = true;
    atomic_signal_fence(memory_order_seq_cst);
    tell(waits->told, &known->wait, awaited->flags);
    atomic_signal_fence(memory_order_seq_cst);
    waits->busy = false;
}

void lv_wait_end(void)
{
    struct lv_thread *thread = lv_self.thread;

    if (thread != NULL && thread->waits != NULL &&
        thread->waits->told != NULL && !thread->waits->busy)
        stop(thread->waits->told);
}

void lv_waiting_sliced(struct lv_thread *thread, const struct lv_ticket *ticket)
{
    struct lv_rec_wait *told, wait = {
                                  .kind = LV_WAIT_LOCK,
                                  .flags = LV_WAIT_SLICED,
                                  .address = lv_unwatched(ticket->lock),
                                  .stack = ticket->stack,
                              };

    if (ticket->instance->life == 0 || !find_place(thread))
        return;
    told = thread->waits->told;
    if (told->serial & 1 && told->flags & LV_WAIT_SLICED &&
        told->address == wait.address)
        return;
    wait.wanted = lv_describe(ticket->instance, ticket->how, ticket->stack);
    add_holds(thread, &wait);
    tell(told, &wait, wait.flags);
}
