/* SPDX-License-Identifier: BSD-2-Clause */
/* context.c: see context.h; also the contexts of event.h. */
#include "context.h"

#define LOCKVAL_DISABLE /* the types alone */
#include "include/lockval.h"

#include "engine.h"
#include "event.h"
#include "life.h"
#include "misuse.h"
#include "observe.h"
#include "signals.h"
#include "stack.h"

/* Their addresses are the instances. */
static const struct lockval_class contexts[LV_CONTEXTS] = {
    {"irq0", 0}, {"irq1", 0}, {"irq2", 0}, {"irq3", 0},
    {"irq4", 0}, {"irq5", 0}, {"irq6", 0}, {"irq7", 0},
};

enum {
    CONTEXT = LV_HOW_PSEUDO | LV_HOW_CONTEXT | LV_HOW_FAMILY(LV_FAMILY_PSEUDO),
};

static bool is_context(const struct lv_held *held)
{
    return (held->how & LV_HOW_CONTEXT) != 0;
}

/* 0: a signal's handler. */
static uint32_t bit_of(const struct lv_held *held)
{
    uintptr_t offset = lv_held_lock(held) - (uintptr_t)contexts;

    return offset < sizeof contexts ? 1u << offset / sizeof contexts[0] : 0;
}

const struct lv_held *lv_context_first(const struct lv_thread *thread)
{
    const struct lv_held *held = thread->self->top;

    while (held > thread->base && !is_context(held))
        held--;
    return held == thread->base ? held + 1 : held;
}

/* The contexts that can interrupt the thread now. */
static uint32_t can_come(const struct lv_thread *thread)
{
    const struct lv_held *held;
    uint32_t on = thread->contexts_on;

    for (held = thread->self->top; on != 0 && held > thread->base; held--)
        if (is_context(held))
            on &= ~bit_of(held);
    return on;
}

/* Each of `set` can interrupt what is held now, and `above`. */
static void observe(struct lv_thread *thread, uint32_t set, uint32_t stack,
                    const struct lv_ticket *above)
{
    struct lv_instance *instance;
    unsigned i;

    for (i = 0; i < LV_CONTEXTS; i++) {
        if ((set & 1u << i) == 0)
            continue;
        instance = lv_life_find(thread, (uintptr_t)&contexts[i], CONTEXT);
        if (instance != NULL && instance->class_id != 0)
            lv_observe(thread, instance, CONTEXT, stack, above);
    }
}

void lv_context_taken(struct lv_thread *thread, const struct lv_ticket *ticket)
{
    if (ticket->how & LV_HOW_CONTEXT)
        return;
    lv_signal_taken(thread, ticket);
    if (thread->contexts_on != 0)
        observe(thread, can_come(thread), ticket->stack, ticket);
}

/* ---- switching -----------------------------------------------------------
 */

static void set_contexts(struct lv_thread *thread, uint32_t on)
{
    uint32_t before = can_come(thread);

    lv_thread_set_contexts(thread, on);
    if (thread->stack.count > 0)
        observe(thread, can_come(thread) & ~before,
                lv_stack_intern(&thread->stack), NULL);
}

static void switch_contexts(uint32_t clear, uint32_t set, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;
    uint32_t on;

    if (!lv_enter(&guard))
        return;
    thread = lv_self.thread;
    on = (thread->contexts_on & ~clear) | (set & ((1u << LV_CONTEXTS) - 1));
    if (on != thread->contexts_on) {
        thread->stack.count = 0;
        if (set != 0 && lv_self.top != thread->base)
            lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
        lv_engine_take();
        set_contexts(thread, on);
        lv_engine_give();
    }
    lv_leave(&guard);
}

void lv_contexts_on(uint32_t set, uintptr_t caller)
{
    switch_contexts(0, set, caller);
}

void lv_contexts_off(uint32_t set, uintptr_t caller)
{
    switch_contexts(set, 0, caller);
}

/* ---- inside --------------------------------------------------------------
 */

static uintptr_t lowest(uint32_t set)
{
    set &= (1u << LV_CONTEXTS) - 1;
    return set == 0 ? 0 : (uintptr_t)&contexts[__builtin_ctz(set)];
}

void lv_context_enter(uint32_t context, uintptr_t caller)
{
    uintptr_t lock = lowest(context);
    struct lv_ticket ticket;

    if (lock == 0)
        return;
    if (!lv_acquire_known(lock, CONTEXT, caller, &ticket))
        lv_acquire_miss(lock, CONTEXT, caller, &ticket);
    lv_acquire_commit(&ticket);
}

void lv_context_exit(uint32_t context, uintptr_t caller)
{
    uintptr_t lock = lowest(context);

    if (lock != 0 && !lv_release_newest(lock))
        lv_release_miss(lock, CONTEXT, caller, LV_OWNER_UNKNOWN);
}

/* ---- wait types ----------------------------------------------------------
 */

static uint32_t inner_type(const struct lv_instance *instance)
{
    return instance->class_flags >> LV_CLASS_INNER_SHIFT & 15;
}

static uint32_t outer_type(const struct lv_instance *instance)
{
    uint32_t outer = instance->class_flags >> LV_CLASS_OUTER_SHIFT & 15;

    return outer != 0 ? outer : inner_type(instance);
}

/* The own hold under which least may wait; NULL: nothing held says. */
static struct lv_held *strictest(const struct lv_thread *thread)
{
    const struct lv_held *held, *found = NULL;
    uint32_t least = UINT32_MAX, inner;

    for (held = lv_context_first(thread); held <= thread->self->top; held++) {
        if (!lv_hold_valid(thread, held) || held->instance->life == 0)
            continue;
        inner = inner_type(held->instance);
        if (inner == 0 || inner >= least)
            continue;
        least = inner;
        found = held;
    }
    return (struct lv_held *)(uintptr_t)found;
}

static struct lv_held *offended(const struct lv_thread *thread, uint32_t outer)
{
    struct lv_held *held = outer == 0 ? NULL : strictest(thread);

    return held == NULL || outer <= inner_type(held->instance) ? NULL : held;
}

/* `wanted` NULL: no lock, but some wait. */
static void check_wait(struct lv_thread *thread, uint32_t outer,
                       struct lv_instance *wanted, uint32_t how, uint32_t stack)
{
    struct lv_held *held = offended(thread, outer);
    struct lv_rec_hold mine, hold;

    if (held == NULL)
        return;
    hold = lv_describe(held->instance, held->how, held->stack);
    mine = wanted == NULL ? hold : lv_describe(wanted, how, stack);
    mine.stack = stack;
    lv_misuse_write(thread, LV_MISUSE_CONTEXT, &mine, &hold, thread->id);
}

void lv_context_check_wait(struct lv_thread *thread,
                           struct lv_instance *instance, uint32_t how,
                           uint32_t stack)
{
    check_wait(thread, outer_type(instance), instance, how, stack);
}

void lv_might_wait(uint32_t outer, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;

    /* Most waits are fine: asked of this thread's own holds, without a lock. */
    if (lv_self.thread == NULL || offended(lv_self.thread, outer) == NULL ||
        (thread = lv_slow_enter(&guard, caller)) == NULL)
        return;
    check_wait(thread, outer, NULL, 0, lv_stack_intern(&thread->stack));
    lv_slow_leave(&guard);
}
