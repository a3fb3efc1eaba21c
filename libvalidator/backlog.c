/* SPDX-License-Identifier: BSD-2-Clause */
/* backlog.c: see backlog.h.
 *
 * A ring has one writer, its thread, and one reader, who has the engine's lock.
 * Rings that are not empty are in a list (R. K. Treiber's stack, of which only
 * all is taken at once). `listed` is set before a ring is put there and cleared
 * before it is read: what comes after that lists it again. */
#include "backlog.h"

#include <stdatomic.h>

#include "engine.h"
#include "memory.h"
#include "observe.h"
#include "record.h"
#include "saturated.h"
#include "thread.h"

enum { ENTRIES = 8, DEPTH = 4 };

/* The thread as it was. */
struct entry {
    struct lv_ticket wanted;
    uint64_t life;
    uintptr_t caller;
    uint64_t key, base_key, acquisitions, secrets;
    uint32_t looks, count;
    struct lv_held hold[DEPTH + 1]; /* from the sentinel on */
};

struct lv_backlog {
    struct lv_backlog *next;
    struct lv_thread *thread;
    _Atomic bool listed;
    _Atomic uint32_t read, written;
    struct entry entry[ENTRIES];
};

struct lv_backlog *_Atomic lv_backlogs;

void lv_backlog_begin(struct lv_thread *thread)
{
    if (thread->backlog != NULL)
        return;
    thread->backlog = lv_calloc(1, sizeof *thread->backlog);
    if (thread->backlog != NULL)
        thread->backlog->thread = thread;
}

void lv_backlog_end(struct lv_thread *thread)
{
    lv_free(thread->backlog);
    thread->backlog = NULL;
}

void lv_backlog_forked(void)
{
    struct lv_backlog *ring = atomic_exchange(&lv_backlogs, NULL);

    for (; ring != NULL; ring = ring->next) {
        atomic_store(&ring->listed, false);
        atomic_store(&ring->read, atomic_load(&ring->written));
    }
}

/* ---- writing ------------------------------------------------------------- */

static void fill(struct entry *entry, const struct lv_thread *thread,
                 const struct lv_ticket *ticket, uintptr_t caller)
{
    const struct lv_self *self = thread->self;
    uint32_t i;

    entry->wanted = *ticket;
    entry->life =
        atomic_load_explicit(&ticket->instance->life, memory_order_relaxed);
    entry->caller = caller;
    entry->key = self->key;
    entry->base_key = thread->base_key;
    entry->acquisitions = self->acquisitions;
    entry->secrets = self->secrets;
    entry->looks = thread->looks;
    entry->count = (uint32_t)(self->top - thread->base);
    for (i = 0; i <= entry->count; i++)
        entry->hold[i] = thread->base[i];
}

static void list(struct lv_backlog *ring)
{
    struct lv_backlog *first = atomic_load(&lv_backlogs);

    do
        ring->next = first;
    while (!atomic_compare_exchange_weak(&lv_backlogs, &first, ring));
}

/* Who has the lock makes room, an insertion at a time. */
static bool has_room(const struct lv_backlog *ring, uint32_t at)
{
    enum { LOOKS = 2000 };
    unsigned i;

    for (i = 0; i < LOOKS; i++) {
        if (at - atomic_load_explicit(&ring->read, memory_order_acquire) <
            ENTRIES)
            return true;
        lv_relax();
    }
    return false;
}

bool lv_backlog_put(struct lv_thread *thread, const struct lv_ticket *ticket,
                    uintptr_t caller)
{
    struct lv_backlog *ring = thread->backlog;
    uint32_t at;

    if (ring == NULL || thread->self->top - thread->base > DEPTH)
        return false;
    at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    if (!has_room(ring, at))
        return false;
    fill(&ring->entry[at % ENTRIES], thread, ticket, caller);
    atomic_store_explicit(&ring->written, at + 1, memory_order_release);
    if (!atomic_exchange(&ring->listed, true))
        list(ring);
    return true;
}

/* ---- reading ------------------------------------------------------------- */

bool lv_backlog_is_news(struct lv_thread *thread,
                        const struct lv_ticket *ticket, uintptr_t caller)
{
    enum { ASK_AGAIN = 2 }; /* whether more can be learned: it takes a while */

    lv_record_header()->misses++;
    return (thread->looks ^ thread->id) % ASK_AGAIN != 0 ||
           !lv_saturated_ask(thread, ticket->instance, ticket->how, caller);
}

/* A thread's name is its own to tell: only it can ask. */
enum { NAME_KNOWN = 63 }; /* lv_thread_refresh_name passes over it */

static void observe(struct lv_thread *thread, struct entry *entry)
{
    struct lv_self self = {
        .key = entry->key,
        .top = &entry->hold[entry->count],
        .acquisitions = entry->acquisitions,
        .secrets = entry->secrets,
    };
    static struct lv_thread then;

    if (atomic_load_explicit(&entry->wanted.instance->life,
                             memory_order_relaxed) != entry->life)
        return;
    then.self = &self;
    then.id = thread->id;
    then.segment = thread->segment;
    then.observed = thread->observed;
    then.base = entry->hold;
    then.base_key = entry->base_key;
    then.looks = entry->looks;
    then.name_asked = NAME_KNOWN;
    if (lv_backlog_is_news(&then, &entry->wanted, entry->caller))
        lv_observe(&then, entry->wanted.instance, entry->wanted.how,
                   entry->wanted.stack, NULL);
    thread->observed = then.observed;
}

static void empty(struct lv_backlog *ring)
{
    uint32_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);
    uint32_t end = atomic_load_explicit(&ring->written, memory_order_acquire);

    for (; at != end; at++) {
        observe(ring->thread, &ring->entry[at % ENTRIES]);
        atomic_store_explicit(&ring->read, at + 1, memory_order_release);
    }
}

void lv_backlog_observe(void)
{
    struct lv_backlog *ring = atomic_exchange(&lv_backlogs, NULL), *next;

    for (; ring != NULL; ring = next) {
        next = ring->next; /* listed again it has another */
        atomic_exchange(&ring->listed, false);
        empty(ring);
    }
}
