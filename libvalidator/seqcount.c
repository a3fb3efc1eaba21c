/* SPDX-License-Identifier: BSD-2-Clause */
/* seqcount.c: sequence counts, as event.h has them.
 *
 * A writer is a hold like any other, though nobody waits for it but readers; a
 * reader holds nothing. Order of work as in event.c. */
#include "context.h"
#include "engine.h"
#include "event_internal.h"
#include "life.h"
#include "misuse.h"
#include "observe.h"
#include "steer.h"

static bool is_write_hold(const struct lv_held *held)
{
    return held != NULL && (held->how & LV_HOW_SEQ_WRITE) != 0;
}

/* Writers exclude each other by other means (R26) and do not nest (R27). */
static void check_writers(struct lv_thread *thread,
                          struct lv_instance *instance, uint32_t how,
                          uint32_t stack)
{
    struct lv_held *held = lv_thread_hold(thread, instance);
    struct lv_thread *holder = thread;
    enum lv_misuse kind = LV_MISUSE_SEQ_NESTED;
    struct lv_rec_hold mine, hold;

    if (held == NULL) {
        kind = LV_MISUSE_SEQ_WRITERS;
        holder = lv_thread_holding(instance, thread, &held);
    }
    if (holder == NULL || !is_write_hold(held))
        return;
    mine = lv_describe(instance, how, stack);
    hold = lv_describe(instance, held->how, held->stack);
    lv_misuse_write(thread, kind, &mine, &hold, holder->id);
}

static bool holds_for_writing(const struct lv_thread *thread, uintptr_t lock)
{
    const struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--)
        if (lv_held_lock(held) == lock &&
            (held->how & LV_HOW_MODE) == LV_HOW_WRITE)
            return true;
    return false;
}

/* Where a lock is to serialise the writers, it is held now (R26). */
static void check_guard(struct lv_thread *thread, struct lv_instance *instance,
                        uint32_t how, uint32_t stack)
{
    struct lv_rec_hold mine, other = {0};
    struct lv_instance *guard;

    if (instance->rare->guard == 0 ||
        holds_for_writing(thread, instance->rare->guard))
        return;
    mine = lv_describe(instance, how, stack);
    guard = lv_instance_find(instance->rare->guard);
    if (guard != NULL && guard->class_id != 0)
        other = lv_describe(guard, 0, 0);
    lv_misuse_write(thread, LV_MISUSE_SEQ_UNLOCKED, &mine, &other, 0);
}

static void begin_write(struct lv_thread *thread, uintptr_t seq, uint32_t how,
                        struct lv_ticket *ticket)
{
    struct lv_instance *instance = lv_life_find(thread, seq, how);
    uint32_t stack;

    if (instance == NULL || instance->class_id == 0)
        return;
    how = lv_event_next(thread, instance, how);
    stack = lv_stack_intern(&thread->stack);
    if (lv_steering)
        lv_steer_note(thread, NULL);
    check_writers(thread, instance, how, stack);
    check_guard(thread, instance, how, stack);
    if (lv_thread_hold(thread, instance) == NULL)
        lv_observe(thread, instance, how, stack, NULL);
    *ticket = lv_event_ticket(thread, instance, how, stack);
    lv_context_taken(thread, ticket);
}

void lv_seq_write_begin(uintptr_t seq, uint32_t how, uintptr_t caller)
{
    struct lv_ticket ticket = {0};
    struct lv_guard guard;
    struct lv_thread *thread;

    how |= LV_HOW_SEQ_WRITE | LV_HOW_FAMILY(LV_FAMILY_SEQCOUNT);
    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    begin_write(thread, seq, how, &ticket);
    lv_slow_leave(&guard);
    lv_acquire_commit(&ticket);
}

void lv_seq_write_end(uintptr_t seq, uintptr_t caller)
{
    uint32_t how = LV_HOW_SEQ_WRITE | LV_HOW_FAMILY(LV_FAMILY_SEQCOUNT);
    struct lv_rec_hold mine, none = {0};
    struct lv_instance *instance;
    struct lv_guard guard;
    struct lv_thread *thread;

    if (lv_release_newest(seq) ||
        (thread = lv_slow_enter(&guard, caller)) == NULL)
        return;
    if (lv_event_newest(thread, seq) != NULL) {
        lv_event_give_up(thread, lv_event_newest(thread, seq), false);
    } else if ((instance = lv_life_find(thread, seq, how)) != NULL &&
               instance->class_id != 0) {
        mine = lv_describe(instance, how, lv_stack_intern(&thread->stack));
        lv_misuse_write(thread, LV_MISUSE_SEQ_UNBALANCED, &mine, &none, 0);
    }
    lv_slow_leave(&guard);
}

void lv_seq_set_lock(uintptr_t seq, uintptr_t lock, uintptr_t caller)
{
    struct lv_instance *instance;
    struct lv_rare *rare;
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    instance = lv_life_find(thread, seq, LV_HOW_FAMILY(LV_FAMILY_SEQCOUNT));
    rare = instance == NULL ? NULL : lv_instance_rare(instance);
    if (rare != NULL)
        rare->guard = lock;
    lv_slow_leave(&guard);
}

static bool is_odd(const struct lv_thread *thread,
                   const struct lv_instance *instance)
{
    struct lv_held *held = lv_thread_hold(thread, instance);

    if (held == NULL)
        lv_thread_holding(instance, thread, &held);
    return is_write_hold(held);
}

/* A loop of single-shot reads is a wait like any other: the LOOPS-th read from
 * one place, with the count odd each time and nothing else done in between. */
static bool is_loop(struct lv_thread *thread,
                    const struct lv_instance *instance, uintptr_t caller)
{
    enum { LOOPS = 3 };
    struct lv_spin *spin = &thread->spin;
    struct lv_spin now = {instance->lock, caller, thread->self->key,
                          thread->self->acquisitions, 1};

    if (!is_odd(thread, instance)) {
        spin->count = 0;
        return false;
    }
    if (spin->count > 0 && spin->seq == now.seq && spin->caller == caller &&
        spin->key == now.key && spin->taken == now.taken)
        now.count = spin->count + 1;
    *spin = now;
    return spin->count >= LOOPS;
}

/* A reader that waits for what its own thread holds odd spins for ever. */
static void read_seq(struct lv_thread *thread, struct lv_instance *instance,
                     uint32_t how)
{
    uint32_t stack = lv_stack_intern(&thread->stack);
    struct lv_held *held = lv_thread_hold(thread, instance);
    struct lv_rec_hold mine, hold;

    if (held == NULL || !(how & LV_HOW_SEQ_WAIT)) {
        lv_observe(thread, instance, how, stack, NULL);
        return;
    }
    mine = lv_describe(instance, how, stack);
    hold = lv_describe(instance, held->how, held->stack);
    lv_misuse_write(thread, LV_MISUSE_SELF_DEADLOCK, &mine, &hold, thread->id);
}

/* Gives the engine's lock back. */
static void steer_seq(struct lv_thread *thread, struct lv_instance *instance,
                      uint32_t how)
{
    struct lv_ticket ticket = {.instance = instance,
                               .how = how,
                               .stack = lv_stack_intern(&thread->stack)};

    lv_steer_note(thread, NULL);
    lv_engine_give();
    lv_steer_park(thread, &ticket);
}

void lv_seq_read(uintptr_t seq, uint32_t how, uintptr_t caller)
{
    struct lv_instance *instance;
    struct lv_guard guard;
    struct lv_thread *thread;

    how |= LV_HOW_READ_RECURSIVE | LV_HOW_FAMILY(LV_FAMILY_SEQCOUNT);
    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    instance = lv_life_find(thread, seq, how);
    if (!(how & LV_HOW_SEQ_ONCE))
        thread->spin.count = 0;
    else if (instance != NULL && is_loop(thread, instance, caller))
        how = (how & ~(uint32_t)LV_HOW_SEQ_ONCE) | LV_HOW_SEQ_LOOP;
    if (instance != NULL && instance->class_id != 0)
        read_seq(thread, instance, how);
    if (lv_steering)
        steer_seq(thread, instance, how);
    else
        lv_engine_give();
    lv_leave(&guard);
}
