/* SPDX-License-Identifier: BSD-2-Clause */
/* known.c: see known.h. */
#include "known.h"

#include "engine.h"
#include "hash.h"

enum { LEARN_ANEW = 64 };

/* Never 0. The thread is in its chain's key, the lock nowhere. */
static uint64_t step_of(const struct lv_thread *thread, uint32_t how,
                        uintptr_t caller)
{
    uint64_t way = (uint64_t)thread->unlearned << 32 | how;

    return lv_mix(thread->self->key ^ way, caller) | 1;
}

/* Of a lock in a frame, or with anything else to look at, nothing is known. */
static bool is_plain(const struct lv_instance *instance, uint32_t how)
{
    return atomic_load_explicit(&instance->class_id, memory_order_relaxed) !=
               0 &&
           atomic_load_explicit(&instance->family, memory_order_relaxed) ==
               how >> 24 &&
           __atomic_load_n(&instance->rare, __ATOMIC_RELAXED) ==
               &lv_rare_none &&
           !atomic_load_explicit(&instance->watched, memory_order_relaxed);
}

static bool read_step(const struct lv_instance *instance, uint64_t step,
                      uint32_t *stack)
{
    if (__atomic_load_n(&instance->seen, __ATOMIC_ACQUIRE) != step)
        return false;
    *stack = __atomic_load_n(&instance->seen_stack, __ATOMIC_RELAXED);
    atomic_thread_fence(memory_order_acquire);
    return __atomic_load_n(&instance->seen, __ATOMIC_RELAXED) == step;
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

bool lv_known_find(uintptr_t lock, uint32_t how, uintptr_t caller,
                   struct lv_ticket *ticket)
{
    _Atomic uint32_t *generation = lv_generation_of(lock);
    uint32_t before = atomic_load_explicit(generation, memory_order_acquire);
    struct lv_self *self = &lv_self;
    struct lv_instance *instance;
    uint64_t life;
    uint32_t stack;

    if (!may_look(self))
        return false;
    instance = lv_instance_look(lock);
    if (instance == NULL || !is_plain(instance, how) ||
        !read_step(instance, step_of(self->thread, how, caller), &stack))
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
    struct lv_instance *instance = ticket->instance;

    __atomic_store_n(&instance->seen, 0, __ATOMIC_RELAXED);
    atomic_thread_fence(memory_order_release);
    __atomic_store_n(&instance->seen_stack, ticket->stack, __ATOMIC_RELAXED);
    __atomic_store_n(&instance->seen, step_of(thread, how, caller),
                     __ATOMIC_RELEASE);
}
