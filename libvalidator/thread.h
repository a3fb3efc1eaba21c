/* SPDX-License-Identifier: BSD-2-Clause */
/* thread.h: the cold part of a thread: who it is, and the room behind its held
 * list and transition table (held.h).
 *
 * Only the thread itself changes what it holds; others read it with the
 * engine's lock held (lv_thread_holding), and growing takes that lock, so what
 * they read is never freed under them. Slow path only.
 * Includes hash.h, held.h, instance.h, stack.h. */
#ifndef LV_THREAD_H
#define LV_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "hash.h"
#include "held.h"
#include "instance.h"
#include "stack.h"

struct lv_guard;

/* Single-shot reads of one sequence count in a row, while it was odd. */
struct lv_spin {
    uintptr_t seq, caller;
    uint64_t key, taken; /* chain and acquisitions: nothing came between */
    uint32_t count;
};

/* What a stack's top is at most above a lock in it: the default size of a
 * stack. */
#define LV_USUAL_STACK ((uintptr_t)8 << 20)

/* Tables that a thread outgrows, at most. */
enum { LV_OUTGROWN = 6 };

/* Bits of lv_self.state. */
enum { LV_THREAD_BUSY = 1, LV_THREAD_DEAD = 2, LV_THREAD_MUTE = 4 };

/* A lock that the thread waited for since it last brought about an event. */
struct lv_need {
    struct lv_instance *instance;
    uint64_t life;
    uint32_t how, stack, segment;
};

/* What is to be noted of a lock that a thread takes (await.c, join.c): nothing
 * when it takes the same one again, nothing of any. */
enum { LV_NOTED_LOCK = 1, LV_NOTED_ALL = 2, LV_NOTED = 64 };

/* Events of a thread after which what it takes is noted afresh (await.c). */
enum { LV_NEEDS = 16, LV_NEED_ROUNDS = 8 };

struct lv_thread {
    struct lv_thread *next, **link; /* all that live */
    struct lv_self *self;
    uint32_t id, segment;
    uint32_t observed;         /* the last segment it observed in, + 1 */
    struct lv_arrival follows; /* team.c: what it came after of late */
    uintptr_t handle;
    uintptr_t stack_top;        /* its stack lies below */
    uintptr_t local, local_end; /* thread-local storage; 0: not known */
    uintptr_t stack_low;        /* lowest lock seen on it; UINTPTR_MAX: none */
    char name[16];              /* as last written to the record */
    uint32_t name_asked;        /* how often it was looked at */
    struct lv_held *base;       /* base[0] is the sentinel */
    size_t room;                /* holds besides the sentinel */
    struct lv_transition_set *table; /* self's, unless masked: transition.h */
    uint32_t mask, evictions, regrets;
    struct lv_ghosts *ghosts; /* NULL: it is small */
    struct lv_framed *framed; /* NULL: none */
    struct lv_transition_set
        *outgrown[LV_OUTGROWN]; /* held.h: still readable */
    unsigned outgrown_count;
    uint32_t looks; /* known.c: how many */
    bool noted;     /* nothing that it takes is to be noted any more */
    uint64_t noted_life[LV_NOTED]; /* nor what this is the life of */
    uint32_t unlearned;            /* how often */
    uint64_t base_key;
    uint64_t counted;         /* acquisitions already in the record's totals */
    uint32_t contexts_on;     /* context.h */
    uint64_t mask_now;        /* signals blocked when it last came here */
    uint64_t blocked;         /* of those with a handler: part of base_key */
    struct lv_ticket waiting; /* blocked.c: what it has waited for of late */
    uint64_t waited_ns;       /* when it said so, CLOCK_MONOTONIC; 0: nothing */
    struct lv_thread *via, *queue; /* blocked.c's search */
    const struct lv_held *via_hold;
    uint64_t search;    /* the last search that met it */
    uint64_t suspected; /* the deadlock that its last look found */
    uint32_t next_subclass;
    uintptr_t next_nest_under;
    struct lv_spin spin;
    struct lv_need need[LV_NEEDS]; /* await.c */
    uint32_t needs, rounds;
    struct lv_rights *rights;   /* right.c; NULL: none yet */
    struct lv_waits *waits;     /* waiting.c; NULL: none yet */
    struct lv_backlog *backlog; /* backlog.c; NULL: none yet */
    struct lv_stack stack; /* room for the slow path; stacks may be small */
};

/* The calling thread, registered at its first call. NULL: out of memory. With
 * the engine's lock held. */
struct lv_thread *lv_thread_self(void);

/* Write its name to the record if it has changed; `refresh` looks only at
 * times, if it was called often: who names itself is told of at once. */
void lv_thread_write_name(struct lv_thread *thread);
void lv_thread_refresh_name(struct lv_thread *thread);

/* `noted`: LV_NOTED_* of the lock that it takes. */
void lv_thread_noted(struct lv_thread *thread,
                     const struct lv_instance *instance, unsigned noted);
void lv_thread_forget_noted(struct lv_thread *thread);

/* A new segment begins. */
void lv_thread_next_segment(struct lv_thread *thread);

/* The chain key after a lock of this life is taken in the mode of `how` on top
 * of the chain `key`. Any context. */
static inline uint64_t lv_chain_after(uint64_t key, uint64_t life, uint32_t how)
{
    return lv_mix(key, life << 16 | (how & LV_HOW_MODE) | (how & LV_HOW_RAW) |
                           (how >> LV_HOW_SUBCLASS_SHIFT & 0xff) << 2);
}

/* The same for `instance`; NULL: a hold that a handler found before it was
 * filled. */
static inline uint64_t
lv_chain_next(uint64_t key, const struct lv_instance *instance, uint32_t how)
{
    return lv_chain_after(key, instance != NULL ? instance->life : 0, how);
}

/* A hold in the mode of `held` keeps out whoever wants the mode of `wanted`. */
static inline bool lv_how_excludes(uint32_t held, uint32_t wanted)
{
    return (held & LV_HOW_MODE) == LV_HOW_WRITE ||
           (wanted & LV_HOW_MODE) == LV_HOW_WRITE;
}

/* True unless the hold is one that a handler interrupted half-way, or void, or
 * its lock ended while it was held. */
static inline bool lv_hold_valid(const struct lv_thread *thread,
                                 const struct lv_held *held)
{
    const struct lv_self *self = thread->self;

    return !(__atomic_load_n(&held->lock, __ATOMIC_RELAXED) & LV_HELD_VOID) &&
           lv_chain_next(held->prev, held->instance, held->how) ==
               (held == self->top ? self->key : held[1].prev);
}

/* Another thread's hold is its no more. */
void lv_hold_void(struct lv_held *held);

/* Newest valid hold of `instance`, or NULL. */
struct lv_held *lv_thread_hold(const struct lv_thread *thread,
                               const struct lv_instance *instance);

/* Take `held` (which may be NULL: none) out of the list, whatever its place,
 * and drop invalid ones. The chain is keyed anew. */
void lv_thread_remove(struct lv_thread *thread, struct lv_held *held);

/* The same outside the slow path, for the calling thread and a lock under few
 * others. Those above are let go of and taken again, newest last, as far as the
 * list is concerned: who looks at it meanwhile misses them. False: there is
 * more to it, and nothing done. Any context. */
bool lv_release_lower(uintptr_t lock);

/* The chain is keyed anew after a hold's mode or a lock's life changed. */
void lv_thread_rekey(struct lv_thread *thread);

/* Other contexts can interrupt the thread from now on; the chain is keyed
 * anew. */
void lv_thread_set_contexts(struct lv_thread *thread, uint32_t on);

/* Other signals with a handler are blocked from now on; the chain is keyed
 * anew. In a thread that holds nothing, outside the slow path as well. */
void lv_thread_set_blocked(struct lv_thread *thread, uint64_t blocked);

/* Some other thread that holds `instance`, and its hold; NULL: none seen. Racy
 * only where the program is. */
struct lv_thread *lv_thread_holding(const struct lv_instance *instance,
                                    const struct lv_thread *except,
                                    struct lv_held **held);

/* All threads that live: the first, and `next` from there. */
struct lv_thread *lv_thread_first(void);

/* Add what this thread took to the record's totals. */
void lv_thread_count(struct lv_thread *thread);
void lv_thread_count_all(void);

/* The thread ends; its holds were told already. */
void lv_thread_drop(struct lv_thread *thread);

/* Forget threads that ended without passing here, and took their stack with
 * them (by system calls of their own): nothing of theirs may be read. It costs
 * a system call for each thread: done where all are counted, and before a
 * deadlock is looked for. */
void lv_thread_drop_gone(void);

/* The thread on whose stack `address` seems to lie: the one whose stack's top
 * is nearest above, within the usual size of a stack. NULL: none. */
struct lv_thread *lv_thread_of_stack(uintptr_t address);

/* End the locks that lie on its stack or in its thread-local storage. */
void lv_thread_end_stack(const struct lv_thread *thread);

/* In a forked child: the calling thread alone is left. */
void lv_thread_forked(struct lv_thread *survivor);

/* The number of the thread with `handle`, 0: not known; and forget the handle.
 */
uint32_t lv_thread_id_of(uintptr_t handle);
void lv_thread_forget_handle(uintptr_t handle);

/* What the thread does from its present segment on comes after what thread
 * `other` did in its segments below `until`; UINT32_MAX: in all of them. Into
 * the record as well. */
void lv_thread_meet(const struct lv_thread *thread, uint32_t other,
                    uint32_t until);

/* lv_enter, then the stack from `caller` on, then the engine's lock. Returns
 * the calling thread; NULL (and nothing done) where lv_enter says false. Else
 * lv_slow_leave must follow. */
struct lv_thread *lv_slow_enter(struct lv_guard *guard, uintptr_t caller);
void lv_slow_leave(const struct lv_guard *guard);

/* Stored by lv_thread_begin in TLS until the thread registers. */
struct lv_announced {
    uint32_t parent, parent_segment;
    uintptr_t handle;
    uintptr_t stack_start; /* its first frame; 0: not created by a hook */
};
extern __thread struct lv_announced lv_announced
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

#endif
