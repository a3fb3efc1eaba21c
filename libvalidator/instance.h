/* SPDX-License-Identifier: BSD-2-Clause */
/* instance.h: the locks that live now, by address.
 *
 * An instance is one life of one lock. It ends by destroy, re-init, the end of
 * its memory or of its stack frame; a later lock at the same address is another
 * instance. The end raises the generation word of the address, so that no
 * thread's transition table answers for it any more (held.h).
 *
 * The memory of dead instances is reused for instances only (slab.h), so that a
 * stale pointer in a held list can be looked at, and told by its `life`.
 * Slow path, under the engine's lock, but for lv_instance_look.
 * Includes held.h, order.h by way of engine.h. */
#ifndef LV_INSTANCE_H
#define LV_INSTANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lv_shared;   /* shared.h */
struct lv_reread;   /* reread.h */
struct lv_exposure; /* signals.c */
struct lv_pair;     /* pairs.c */

/* What few locks have. */
struct lv_rare {
    const uintptr_t *slot; /* see held.h */
    uintptr_t expect;
    uintptr_t function; /* whose frame it lies in; 0: none, or not known */
    uintptr_t reentry;  /* see life.c; 0: none */
    uintptr_t guard;    /* of a sequence count: the lock of its writers, or 0 */
    uint32_t orphan;    /* in a forked child: the parent's thread that held it
                           at the fork, and still does; 0: none */
    uint32_t orphan_how, orphan_stack;
    const struct lv_shared *shared; /* NULL: this process's own */
    struct lv_reread *reread;       /* reread.c; NULL: none */
    struct lv_exposure *exposed;    /* signals.c; NULL: none */
    bool framed;                    /* it lies in a stack frame */
};
extern const struct lv_rare lv_rare_none __attribute__((visibility("hidden")));

/* Bits of `marks`. */
enum {
    LV_INSTANCE_WATCHED = 1, /* its losses are kept: right.h */
    LV_INSTANCE_NAMED = 2,   /* the record tells more of it than who waited for
                                it: pairs.h */
    LV_INSTANCE_ODD = 4,     /* its rare part is not of a signal's alone */
    LV_INSTANCE_SECRET = 8,  /* newborn.c: uses before anybody knew it, in units
                                of this */
};

/* A cache line each: programs pass over many. What known.c reads without the
 * engine's lock: lock, life, next, seen, class_id, class_flags, born, family,
 * marks. */
struct lv_instance {
    uintptr_t lock;           /* a small number: dead */
    _Atomic uint64_t life;    /* unique among all lives of all locks; 0: dead */
    struct lv_instance *next; /* in its bucket */
    const struct lv_rare *rare; /* never NULL; write by lv_instance_rare */
    uint64_t seen;              /* known.c: the last step that led here, 0 */
    struct lv_pair *pairs;      /* pairs.c; NULL: none */
    uint32_t id;                /* in the record; 0 until it is observed */
    _Atomic uint32_t class_id;  /* of subclass 0; 0: out of memory */
    _Atomic uint32_t born; /* newborn.c: when, for its maker; 0: long ago */
    _Atomic uint16_t class_flags;
    _Atomic uint8_t family; /* enum lv_family, 0: not known yet */
    _Atomic uint8_t marks;  /* LV_INSTANCE_*; written under the engine's lock */
};
_Static_assert(sizeof(struct lv_instance) == 64, "not a cache line");

static inline bool lv_instance_has(const struct lv_instance *instance,
                                   uint8_t mark)
{
    return (atomic_load_explicit(&instance->marks, memory_order_relaxed) &
            mark) != 0;
}

static inline void lv_instance_mark(struct lv_instance *instance, uint8_t mark)
{
    atomic_store_explicit(
        &instance->marks,
        atomic_load_explicit(&instance->marks, memory_order_relaxed) | mark,
        memory_order_relaxed);
}

/* Its rare part, to be written; NULL: out of memory (counted). From now on it
 * is no plain lock; but for `_exposed`, for who writes `exposed` alone. */
struct lv_rare *lv_instance_rare(struct lv_instance *instance);
struct lv_rare *lv_instance_rare_exposed(struct lv_instance *instance);

/* The living instance at `lock`, or NULL. One whose stack frame is gone is
 * ended here. */
struct lv_instance *lv_instance_find(uintptr_t lock);

/* The same without the engine's lock, in any context: an instance that was at
 * `lock` at some time during the call, or NULL, also where there is one. It
 * was there all the time since its generation word was read before the call if
 * that word has not changed. */
struct lv_instance *lv_instance_look(uintptr_t lock);

/* True: nothing lives in [start, start + size), a few cache lines, but for what
 * others begin meanwhile. Without the engine's lock, in any context. */
bool lv_instance_none(uintptr_t start, size_t size);

/* A new life at `lock`, where none is. NULL: out of memory (counted). */
struct lv_instance *lv_instance_begin(uintptr_t lock);

/* The life ends. */
void lv_instance_end(struct lv_instance *instance);

/* No transition table answers for it until it is looked at again. */
void lv_instance_reconsider(struct lv_instance *instance);

/* The same lock, but what is held of it now is void (another thread unlocked
 * it): a new life with the old class. */
void lv_instance_renew(struct lv_instance *instance);

/* Its number in the record, written there at the first call; 0: lost. What is
 * pending of it (pairs.h) is written as well. */
uint32_t lv_instance_id(struct lv_instance *instance);

/* The number alone. */
uint32_t lv_instance_number(struct lv_instance *instance);

/* Call `visit` for each living instance in [start, start + size); it may end
 * the one it is given. */
void lv_instance_each(uintptr_t start, size_t size,
                      void (*visit)(void *, struct lv_instance *),
                      void *context);

#endif
