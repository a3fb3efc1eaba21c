/* SPDX-License-Identifier: BSD-2-Clause */
/* known.c: see known.h.
 *
 * A step and its stack are one word, so that a look finds both or neither: 40
 * bits of hash and the stack's number. That another step has the same hash is
 * one chance in 2^40 a look. */
#include "known.h"

#include "engine.h"
#include "hash.h"
#include "newborn.h"
#include "perturb.h"
#include "saturated.h"
#include "steer.h"

enum { LEARN_ANEW = 64, STACK_BITS = 24 };

#define STACK_MASK (((uint64_t)1 << STACK_BITS) - 1)

/* A word without its stack. The thread is in its chain's key, the lock nowhere.
 */
static uint64_t step_of(const struct lv_thread *thread, uint32_t how,
                        uintptr_t caller)
{
    uint64_t way = (uint64_t)thread->unlearned << 32 | how;

    return lv_mix(thread->self->key ^ way, caller) & ~STACK_MASK;
}

/* Of a lock in a frame, or with anything else to look at, nothing is known. */
static inline bool is_known(const struct lv_instance *instance, uint32_t how)
{
    return atomic_load_explicit(&instance->class_id, memory_order_relaxed) !=
               0 &&
           atomic_load_explicit(&instance->family, memory_order_relaxed) ==
               how >> 24 &&
           !lv_instance_has(instance, LV_INSTANCE_ODD | LV_INSTANCE_WATCHED);
}

/* With anything of this a lock is more than its order. */
enum {
    ODD = LV_HOW_TRY | LV_HOW_TIMED | LV_HOW_NESTED | LV_HOW_AGAIN |
          LV_HOW_RAW | LV_HOW_SEQ_WAIT | LV_HOW_SEQ_ONCE | LV_HOW_SEQ_FALLBACK |
          LV_HOW_SEQ_WRITE | LV_HOW_PSEUDO | LV_HOW_SYNC | LV_HOW_CONTEXT,
    PLAIN = 1 << LV_FAMILY_MUTEX | 1 << LV_FAMILY_SPIN | 1 << LV_FAMILY_C11,
};

static inline bool is_plain(const struct lv_thread *thread,
                            struct lv_instance *instance, uint32_t how)
{
    return !(how & ODD) && (PLAIN >> (how >> 24) & 1) &&
           atomic_load_explicit(&instance->class_flags, memory_order_relaxed) ==
               0 &&
           (atomic_load_explicit(&instance->born, memory_order_relaxed) == 0 ||
            !lv_newborn_is(thread, instance));
}

static inline bool is_undisturbed(const struct lv_thread *thread)
{
    return thread->looks % LEARN_ANEW != 0 && thread->contexts_on == 0 &&
           thread->blocked == 0 &&
           atomic_load_explicit(&lv_signals_handled, memory_order_relaxed) ==
               0 &&
           !lv_steering && lv_perturbing == 0;
}

bool lv_known_plain(const struct lv_thread *thread,
                    struct lv_instance *instance, uint32_t how)
{
    return is_known(instance, how) && is_plain(thread, instance, how);
}

bool lv_known_undisturbed(const struct lv_thread *thread)
{
    return is_undisturbed(thread);
}

/* The look itself is allowed where the slow path is, and the table not masked.
 */
static bool may_look(const struct lv_self *self)
{
    struct lv_thread *thread = self->thread;

    return thread != NULL && self->state == 0 && self->table == thread->table &&
           ++thread->looks % LEARN_ANEW != 0 &&
           atomic_load_explicit(&lv_engine.live, memory_order_relaxed);
}

static uint32_t stack_of_step(const struct lv_thread *thread,
                              const struct lv_instance *instance, uint32_t how,
                              uintptr_t caller)
{
    uint64_t seen = __atomic_load_n(&instance->seen, __ATOMIC_RELAXED);

    return (seen & ~STACK_MASK) == step_of(thread, how, caller)
               ? (uint32_t)(seen & STACK_MASK)
               : 0;
}

/* Nothing can be learned of it. */
static uint32_t stack_of_saturated(const struct lv_thread *thread,
                                   struct lv_instance *instance, uint32_t how,
                                   uintptr_t caller)
{
    return is_undisturbed(thread) && lv_known_noted(thread, instance) &&
                   is_plain(thread, instance, how) &&
                   lv_saturated_look(thread, instance, how, caller)
               ? lv_stack_known(&thread->stack, caller,
                                lv_engine.options.max_stack)
               : 0;
}

static uint32_t stack_of_first(const struct lv_thread *thread,
                               struct lv_instance *instance, uint32_t how,
                               uintptr_t caller)
{
    return is_undisturbed(thread) && lv_known_noted(thread, instance) &&
                   is_plain(thread, instance, how)
               ? lv_stack_known(&thread->stack, caller,
                                lv_engine.options.max_stack)
               : 0;
}

bool lv_known_find(uintptr_t lock, uint32_t how, uintptr_t caller,
                   struct lv_ticket *ticket)
{
    _Atomic uint32_t *generation = lv_generation_of(lock);
    uint32_t before = atomic_load_explicit(generation, memory_order_acquire);
    struct lv_self *self = &lv_self;
    struct lv_instance *instance;
    uint64_t life;
    uint32_t stack;

    ticket->instance = NULL;
    if (!may_look(self))
        return false;
    ticket->instance = instance = lv_instance_look(lock);
    if (instance == NULL || !is_known(instance, how))
        return false;
    stack = self->top == self->thread->base
                ? stack_of_first(self->thread, instance, how, caller)
                : 0;
    if (stack == 0)
        stack = stack_of_step(self->thread, instance, how, caller);
    if (stack == 0 && self->top != self->thread->base)
        stack = stack_of_saturated(self->thread, instance, how, caller);
    if (stack == 0)
        return false;
    life = atomic_load_explicit(&instance->life, memory_order_relaxed);
    *ticket = (struct lv_ticket){
        .instance = instance,
        .lock = lock,
        .next = lv_chain_after(self->key, life, how),
        .stack = stack,
        .how = how,
    };
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(generation, memory_order_relaxed) == before;
}

void lv_known_learn(const struct lv_thread *thread, uint32_t how,
                    uintptr_t caller, const struct lv_ticket *ticket)
{
    uint64_t seen = step_of(thread, how, caller) | ticket->stack;

    __atomic_store_n(&ticket->instance->seen,
                     ticket->stack <= STACK_MASK ? seen : 0, __ATOMIC_RELAXED);
}
