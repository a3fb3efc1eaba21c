/* SPDX-License-Identifier: BSD-2-Clause */
/* held.h: the locks one thread holds, and the table that makes a known
 * acquisition cheap. This is the fast path: it is inlined into every hook.
 *
 * Each thread owns a stack of holds and a table of TRANSITIONS, in sets of two.
 * A transition says: with just this chain held, this lock taken in this mode
 * from this call site was seen before, by this thread in this segment; here is
 * its instance and the chain that follows. A hit therefore needs no check and
 * records nothing. The chain key is a 64-bit hash of the sequence (instance
 * generation, mode), salted by thread and segment, so that nothing learned
 * before a create or join answers for the time after it.
 *
 * Cost of a hit: one hash, half a cache line of the table, one of the hold, one
 * generation word that is written only when locks die; no store but to this
 * thread's own lines, no branch that is not predicted. What a thread works with
 * is often more than its core's first cache holds, so a transition is small:
 * what it stands for is there as a hash alone, which also chooses its place.
 * Two that are equal are one chance in 2^64 a look.
 *
 * A transition is stale when its lock died: its generation word (one of 65,536,
 * chosen by address) has moved on. Locks in stack frames have transitions of
 * their own (transition.h).
 *
 * Signal handlers may interrupt any two instructions here. A handler's pushes
 * and pops balance, so it suffices that `top` is raised before a hold is
 * filled, and that readers in the slow path skip a top hold whose `prev` does
 * not continue the chain below it.
 *
 * Includes record_format.h only; allocates nothing. */
#ifndef LV_HELD_H
#define LV_HELD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_format.h"

struct lv_instance;
struct lv_thread;

/* A hold whose release must be seen (right.h) carries this bit in `lock`: no
 * user address has it, so the comparison below fails. */
#define LV_HELD_WATCHED ((uintptr_t)1 << 63)

/* One that another thread has taken from it, as it can a file's (file.c). */
#define LV_HELD_VOID ((uintptr_t)1 << 62)

/* One lock that the thread holds. */
struct lv_held {
    uintptr_t lock; /* may carry LV_HELD_*: use lv_held_lock */
    uint64_t prev;  /* chain key before it was taken */
    struct lv_instance *instance;
    uint32_t stack; /* where it was taken */
    uint32_t how;
};

static inline uintptr_t lv_unwatched(uintptr_t lock)
{
    return lock & ~(LV_HELD_WATCHED | LV_HELD_VOID);
}

static inline uintptr_t lv_held_lock(const struct lv_held *held)
{
    return lv_unwatched(held->lock);
}

/* One known step. `step` 0: none. */
struct lv_transition {
    uint64_t step; /* chain, lock, mode and call site: lv_step */
    uint64_t next;
    struct lv_instance *instance;
    uint32_t generation;
    uint32_t stack;
};

/* Where a step may be: in one cache line. */
struct lv_transition_set {
    _Alignas(64) struct lv_transition way[2]; /* the newer one first */
};
_Static_assert(sizeof(struct lv_transition_set) == 64, "a cache line");

/* What a check hands to its commit, by value: the thread may have learned
 * nothing, or a handler that runs during the real, blocking call may change the
 * table. instance NULL: commit nothing. */
struct lv_ticket {
    struct lv_instance *instance;
    uintptr_t lock;
    uint64_t next;
    uint32_t stack;
    uint32_t how;
};

/* The hot part of a thread, one cache line of initial-exec TLS. */
struct lv_self {
    uint64_t key;          /* of the chain held now */
    struct lv_held *top;   /* newest hold; a sentinel with lock 0 below */
    struct lv_held *limit; /* last hold that there is room for */
    struct lv_transition_set *table; /* a single empty one: all misses */
    uint32_t mask;
    uint32_t state; /* thread.c's own */
    uint64_t acquisitions;
    struct lv_thread *thread; /* the cold part, NULL until the first miss */
    uint64_t secrets;         /* releases of newborn locks: newborn.h */
    /* The newest signal from a known place (event.h), and how many locks had
     * been taken by then. */
    uintptr_t signal;
    uint64_t by_signal;
};
extern __thread struct lv_self lv_self __attribute__((
    tls_model("initial-exec"), visibility("hidden"), aligned(64)));

/* Generation words, raised when a lock whose address maps to one dies. */
#define LV_GENERATIONS 65536u
extern _Atomic uint32_t lv_generation[LV_GENERATIONS]
    __attribute__((visibility("hidden")));

static inline _Atomic uint32_t *lv_generation_of(uintptr_t lock)
{
    return &lv_generation[(lock >> 6) % LV_GENERATIONS];
}

/* A filter over 4 KiB pages: a clear bit means that no lock lives there.
 * 2^20 bits; pages that share a bit cost a look-up, never a mistake. */
#define LV_PAGES (1u << 20)
extern _Atomic uint64_t lv_page_filter[LV_PAGES / 64]
    __attribute__((visibility("hidden")));

static inline bool lv_page_may_hold(uintptr_t address)
{
    uintptr_t page = (address >> 12) % LV_PAGES;

    return atomic_load_explicit(&lv_page_filter[page / 64],
                                memory_order_relaxed) >>
               (page % 64) &
           1;
}

/* False: no lock lives in [start, start + size), for ranges of a few pages.
 * Larger ones answer true. */
static inline bool lv_range_may_hold(uintptr_t start, size_t size)
{
    uintptr_t page;

    if (size == 0)
        return false;
    if (size > 64 * 4096)
        return true;
    for (page = start >> 12; page <= (start + size - 1) >> 12; page++)
        if (lv_page_may_hold(page << 12))
            return true;
    return false;
}

/* Lock address (48 bits) and what of `how` makes a different step: mode, try,
 * timed; subclass; family. Constants fold at compile time. */
static inline uint64_t lv_tag(uintptr_t lock, uint32_t how)
{
    return (uint64_t)lock ^ (uint64_t)(how & 15) << 60 ^
           (uint64_t)(how >> LV_HOW_SUBCLASS_SHIFT & 0xff) << 52 ^
           (uint64_t)(how >> 24 & 15) << 48;
}

/* What is asked of the table. The chain's key is a hash already; the two
 * products, by odd constants, keep apart whatever differs in one of the others.
 * Nothing waits for the key but an exclusive or: it is the last to be known. */
static inline uint64_t lv_step(uint64_t key, uint64_t tag, uintptr_t caller)
{
    return key ^ tag * 0x9e3779b97f4a7c15ULL ^
           (uint64_t)caller * 0xc2b2ae3d27d4eb4fULL;
}

static inline struct lv_transition_set *
lv_transition_set(const struct lv_self *self, uint64_t step)
{
    return &self->table[(step >> 40) & self->mask];
}

/* The step, if it is known and its lock still lives; else NULL. It can be read
 * until the thread ends, but a handler that comes may put another there. */
static inline const struct lv_transition *
lv_transition_look(uintptr_t lock, uint32_t how, uintptr_t caller)
{
    const struct lv_self *self = &lv_self;
    uint64_t step = lv_step(self->key, lv_tag(lock, how), caller);
    const struct lv_transition *t = lv_transition_set(self, step)->way;

    if (__builtin_expect(t->step != step, 0) && (++t)->step != step)
        return NULL;
    if (__builtin_expect(atomic_load_explicit(lv_generation_of(lock),
                                              memory_order_relaxed) !=
                             t->generation,
                         0))
        return NULL;
    return t;
}

static inline struct lv_ticket
lv_transition_ticket(const struct lv_transition *t, uintptr_t lock,
                     uint32_t how)
{
    return (struct lv_ticket){.instance = t->instance,
                              .lock = lock,
                              .next = t->next,
                              .stack = t->stack,
                              .how = how};
}

/* The same as look, for a ticket: true, and `ticket` filled. */
static inline bool lv_transition_find(uintptr_t lock, uint32_t how,
                                      uintptr_t caller,
                                      struct lv_ticket *ticket)
{
    const struct lv_transition *t = lv_transition_look(lock, how, caller);

    if (t == NULL)
        return false;
    *ticket = lv_transition_ticket(t, lock, how);
    return true;
}

/* Grow the hold stack by what a hit could not; slow path, in thread.c. False:
 * no memory; the loss is counted and the hold is not kept. */
bool lv_held_grow(void);

/* Push a hold for which there is room. Its `prev` is filled in here; `next` is
 * the chain with it. */
static inline void lv_held_push(uintptr_t lock, struct lv_instance *instance,
                                uint32_t stack, uint32_t how, uint64_t next)
{
    struct lv_self *self = &lv_self;
    struct lv_held *held = self->top + 1;

    self->top = held;
    atomic_signal_fence(memory_order_seq_cst);
    held->lock = lock;
    held->prev = self->key;
    held->instance = instance;
    held->stack = stack;
    held->how = how;
    atomic_signal_fence(memory_order_seq_cst);
    self->key = next;
    self->acquisitions++;
}

/* The thread owns the lock. */
static inline void lv_acquire_commit(const struct lv_ticket *ticket)
{
    if (__builtin_expect(ticket->instance == NULL, 0))
        return;
    if (__builtin_expect(lv_self.top == lv_self.limit, 0) && !lv_held_grow())
        return;
    lv_held_push(ticket->lock, ticket->instance, ticket->stack, ticket->how,
                 ticket->next);
}

/* The thread owns the lock, and took it by the step `t`, after which its chain
 * was to be `next`, as it stood there. False, and nothing done: the step has
 * become another's, or there is no room; go by a ticket. `next` is a hash of
 * the chain before, the lock's life and the mode: while it is the same, all
 * that is pushed here is. */
static inline bool lv_transition_commit(const struct lv_transition *t,
                                        uint64_t next, uintptr_t lock,
                                        uint32_t how)
{
    struct lv_instance *instance = t->instance;
    uint32_t stack = t->stack;

    atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(t->next != next, 0) ||
        __builtin_expect(lv_self.top == lv_self.limit, 0))
        return false;
    lv_held_push(lock, instance, stack, how, next);
    return true;
}

/* The same before the lock is taken, where nothing can come between: the
 * thread holds it a moment before it does. False: there is no room. */
static inline bool lv_transition_push(const struct lv_transition *t,
                                      uintptr_t lock, uint32_t how)
{
    if (__builtin_expect(lv_self.top == lv_self.limit, 0))
        return false;
    lv_held_push(lock, t->instance, t->stack, how, t->next);
    return true;
}

/* True: `lock` was the newest hold and is gone. False: anything else. */
static inline bool lv_release_newest(uintptr_t lock)
{
    struct lv_self *self = &lv_self;
    struct lv_held *held = self->top;

    if (__builtin_expect(held->lock != lock, 0))
        return false;
    self->key = held->prev;
    atomic_signal_fence(memory_order_seq_cst);
    self->top = held - 1;
    return true;
}

#endif
