/* SPDX-License-Identifier: BSD-2-Clause */
/* event.c: the slow path of event.h: locks taken and given back, where the fast
 * one does not know the step.
 *
 * Order of work in each: signals blocked (lv_enter), the stack taken, then the
 * engine's lock. */
#include "event_internal.h"

#include <errno.h>

#include "await.h"
#include "backlog.h"
#include "class.h"
#include "context.h"
#include "engine.h"
#include "join.h"
#include "known.h"
#include "life.h"
#include "misuse.h"
#include "newborn.h"
#include "observe.h"
#include "perturb.h"
#include "record.h"
#include "reread.h"
#include "right.h"
#include "signals.h"
#include "steer.h"
#include "transition.h"

/* What a thread can do without: it ends by itself, or nobody can keep it. */
enum {
    NO_NEED = LV_HOW_TRY | LV_HOW_TIMED | LV_HOW_SYNC | LV_HOW_PSEUDO,
};

/* ---- acquisitions ---------------------------------------------------------
 */

/* The thread wants what it has: what would block for ever is told here, before
 * it does. */
static void check_relock(struct lv_thread *thread, struct lv_instance *instance,
                         const struct lv_held *held, uint32_t how,
                         uint32_t stack)
{
    uint32_t first = held->how & LV_HOW_MODE, mode = how & LV_HOW_MODE;
    struct lv_rec_hold again, hold;
    enum lv_misuse kind = LV_MISUSE_SELF_DEADLOCK;

    if (how & (LV_HOW_TRY | LV_HOW_RELOCK | LV_HOW_RELOCK_ERROR))
        return;
    if (mode != LV_HOW_WRITE && first != LV_HOW_WRITE) {
        if (mode == LV_HOW_READ_RECURSIVE)
            return;
        kind = LV_MISUSE_READ_TWICE;
    }
    if (how & LV_HOW_SYNC && lv_rcu_is(instance->lock))
        kind = LV_MISUSE_RCU;
    again = lv_describe(instance, how, stack);
    hold = lv_describe(instance, held->how, held->stack);
    if (kind == LV_MISUSE_READ_TWICE &&
        !(instance->class_flags & LV_CLASS_NO_NEST))
        lv_reread_note(thread, instance, &again, &hold);
    else
        lv_misuse_write(thread, kind, &again, &hold, thread->id);
    if (lv_steering && kind == LV_MISUSE_SELF_DEADLOCK)
        lv_record_header()->deadlocks++; /* what the rerun was for */
}

/* Of a class whose locks do not nest: is another of it held? The lock that
 * serialises nesting does so for what was taken after it, from `nest` on. */
static void check_nest(struct lv_thread *thread, struct lv_instance *instance,
                       uint32_t how, uint32_t stack, const struct lv_held *nest)
{
    struct lv_rec_hold mine = lv_describe(instance, how, stack), hold;
    const struct lv_held *held;

    for (held = lv_context_first(thread); held <= thread->self->top; held++) {
        if (held == nest)
            return;
        if (!lv_hold_valid(thread, held) || held->instance->life == 0 ||
            held->instance->class_id != instance->class_id)
            continue;
        hold = lv_describe(held->instance, held->how, held->stack);
        if (hold.class_id != mine.class_id ||
            ((how & LV_HOW_MODE) == LV_HOW_READ_RECURSIVE &&
             (hold.how & LV_HOW_MODE) != LV_HOW_WRITE))
            continue;
        lv_misuse_write(thread, LV_MISUSE_SAME_CLASS, &mine, &hold, thread->id);
        return;
    }
}

/* The hold that the next acquisition nests under; NULL: none. */
static const struct lv_held *find_nest(struct lv_thread *thread,
                                       const struct lv_instance *instance)
{
    struct lv_instance *outer;

    if (thread->next_nest_under == 0)
        return NULL;
    outer = lv_instance_find(thread->next_nest_under);
    return outer != NULL && outer != instance ? lv_thread_hold(thread, outer)
                                              : NULL;
}

/* Apply what annotations said of the next acquisition. */
static uint32_t take_next(struct lv_thread *thread, const struct lv_held *nest,
                          uint32_t how)
{
    if (thread->next_subclass != 0)
        how |= thread->next_subclass << LV_HOW_SUBCLASS_SHIFT;
    if (nest != NULL)
        how |= LV_HOW_NESTED;
    thread->next_subclass = 0;
    thread->next_nest_under = 0;
    lv_thread_unmask(thread);
    return how;
}

uint32_t lv_event_next(struct lv_thread *thread,
                       const struct lv_instance *instance, uint32_t how)
{
    return take_next(thread, find_nest(thread, instance), how);
}

static bool was_pending(const struct lv_thread *thread)
{
    return thread->next_subclass != 0 || thread->next_nest_under != 0;
}

/* The lock's address as its hold carries it. */
static uintptr_t watched(struct lv_thread *thread,
                         const struct lv_instance *instance)
{
    if (lv_instance_has(instance, LV_INSTANCE_WATCHED))
        lv_right_anchor_taken(thread, instance);
    return lv_instance_has(instance, LV_INSTANCE_WATCHED) ||
                   lv_newborn_held(thread, instance)
               ? instance->lock | LV_HELD_WATCHED
               : instance->lock;
}

struct lv_ticket lv_event_ticket(struct lv_thread *thread,
                                 struct lv_instance *instance, uint32_t how,
                                 uint32_t stack)
{
    return (struct lv_ticket){
        .instance = instance,
        .lock = watched(thread, instance),
        .next = lv_chain_next(thread->self->key, instance, how),
        .stack = stack,
        .how = how,
    };
}

/* The thread itself had it when it forked; a mutex that asks who takes it again
 * does not know it any more, by its new id. */
static bool is_lost_by_fork(const struct lv_thread *thread,
                            const struct lv_instance *instance, uint32_t how)
{
    return instance->rare->orphan == thread->id &&
           (how & (LV_HOW_RELOCK | LV_HOW_RELOCK_ERROR)) != 0;
}

/* In a forked child the lock is held for ever by a thread that is not there.
 * Told once: whoever goes on after that has seen to it. */
static void check_orphan(struct lv_thread *thread, struct lv_instance *instance,
                         uint32_t how, uint32_t stack)
{
    struct lv_rec_hold mine = lv_describe(instance, how, stack);
    struct lv_rec_hold hold = lv_describe(instance, instance->rare->orphan_how,
                                          instance->rare->orphan_stack);

    lv_misuse_write(thread, LV_MISUSE_FORK_HELD, &mine, &hold,
                    instance->rare->orphan);
    lv_instance_rare(instance)->orphan = 0; /* it has one */
}

/* A step with nothing left to check: `how` as the hook has it. */
static void learn(struct lv_thread *thread, uint32_t how, uintptr_t caller,
                  const struct lv_ticket *ticket)
{
    lv_thread_learn(thread, how, caller, ticket);
    lv_known_learn(thread, how, caller, ticket);
}

/* With the engine's lock held and the stack taken. */
static void acquire(struct lv_thread *thread, uintptr_t lock, uint32_t how,
                    uintptr_t caller, struct lv_ticket *ticket)
{
    bool pending = was_pending(thread);
    const struct lv_held *held, *nest;
    struct lv_instance *instance;
    uint32_t stack;

    lv_life_end_left(thread);
    instance = lv_life_find(thread, lock, how);
    lv_signal_settle(thread);
    if (instance == NULL || instance->class_id == 0)
        return;
    stack = lv_stack_intern(&thread->stack);
    lv_newborn_is(thread, instance);
    nest = find_nest(thread, instance);
    how = take_next(thread, nest, how);
    held = lv_thread_hold(thread, instance);
    if (held != NULL && !is_lost_by_fork(thread, instance, how))
        check_relock(thread, instance, held, how, stack);
    if (held != NULL && held < lv_context_first(thread))
        held = NULL; /* the interrupted one's, not the handler's */
    if (held == NULL && !(how & (LV_HOW_TRY | LV_HOW_TIMED)))
        lv_observe(thread, instance, how, stack, NULL);
    if (held == NULL && !(how & NO_NEED))
        lv_thread_noted(thread, instance,
                        lv_join_note(thread, instance, how, stack) &
                            lv_await_note(thread, instance, how, stack));
    if (held == NULL && !(how & LV_HOW_TRY) &&
        instance->class_flags & LV_CLASS_NO_NEST)
        check_nest(thread, instance, how, stack, nest);
    if (instance->rare->orphan != 0 && !(how & LV_HOW_TRY) &&
        (held == NULL || is_lost_by_fork(thread, instance, how)) &&
        lv_how_excludes(instance->rare->orphan_how, how))
        check_orphan(thread, instance, how, stack);
    if (!(how & LV_HOW_TRY))
        lv_context_check_wait(thread, instance, how, stack);
    *ticket = lv_event_ticket(thread, instance, how, stack);
    if (how & LV_HOW_SYNC)
        return;
    if ((how & LV_HOW_MODE) == LV_HOW_WRITE)
        lv_reread_writer(thread, instance);
    if (held == NULL)
        lv_context_taken(thread, ticket);
    if (!lv_steering && lv_perturbing == 0 && !pending &&
        !(how & LV_NOT_LEARNED) &&
        !lv_instance_has(instance, LV_INSTANCE_WATCHED) &&
        instance->rare->reentry != caller &&
        !lv_observe_newborn(thread, instance))
        learn(thread, how, caller, ticket);
}

/* The thread has no handler to fear, is not to be cancelled at any moment, and
 * holds something. */
static bool is_undisturbed(const struct lv_self *self)
{
    const struct lv_thread *thread = self->thread;

    return thread != NULL && self->state == 0 && self->table == thread->table &&
           self->top != thread->base && lv_known_undisturbed(thread) &&
           !atomic_load_explicit(&lv_cancelled_anywhere,
                                 memory_order_relaxed) &&
           atomic_load_explicit(&lv_engine.live, memory_order_relaxed);
}

/* It holds plain locks alone, and not `wanted`. */
static bool holds_plainly(const struct lv_thread *thread,
                          const struct lv_instance *wanted)
{
    const struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--)
        if (held->instance == wanted || held->lock & LV_HELD_WATCHED ||
            !lv_hold_valid(thread, held) ||
            !lv_known_plain(thread, held->instance, held->how))
            return false;
    return true;
}

/* The step, of a plain lock under plain ones: what more there is to look at
 * where a lock is taken is not there. */
static bool ticket_of_plain(struct lv_thread *thread,
                            struct lv_instance *instance, uintptr_t lock,
                            uint32_t how, uint32_t stack,
                            struct lv_ticket *ticket)
{
    if (instance == NULL || !lv_known_plain(thread, instance, how) ||
        !lv_known_noted(thread, instance) || !holds_plainly(thread, instance))
        return false;
    *ticket = (struct lv_ticket){
        .instance = instance,
        .lock = lock,
        .next = lv_chain_next(thread->self->key, instance, how),
        .stack = stack,
        .how = how,
    };
    return true;
}

/* Who has the engine's lock observes it, or we do once it is free. */
static bool hand_over(struct lv_thread *thread, uintptr_t lock, uint32_t how,
                      uintptr_t caller, uint32_t stack,
                      struct lv_ticket *ticket)
{
    _Atomic uint32_t *generation = lv_generation_of(lock);
    uint32_t before = atomic_load_explicit(generation, memory_order_acquire);

    if (!ticket_of_plain(thread, lv_instance_look(lock), lock, how, stack,
                         ticket))
        return false;
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(generation, memory_order_relaxed) != before ||
        !lv_backlog_put(thread, ticket, caller))
        return false;
    if (lv_engine_try())
        lv_engine_give();
    return true;
}

/* Under the engine's lock: until now the locks could end. What lv_known_find
 * saw is mostly still there. */
static bool observe_plainly(struct lv_thread *thread, uintptr_t lock,
                            uint32_t how, uintptr_t caller, uint32_t stack,
                            struct lv_ticket *ticket)
{
    struct lv_instance *instance = ticket->instance;

    if (instance == NULL || instance->lock != lock)
        instance = lv_instance_find(lock);
    if (!ticket_of_plain(thread, instance, lock, how, stack, ticket))
        return false;
    if (lv_backlog_is_news(thread, ticket, caller))
        lv_observe_plainly(thread, ticket->instance, how, stack);
    lv_known_learn(thread, how, caller, ticket);
    return true;
}

static bool acquire_plainly(uintptr_t lock, uint32_t how, uintptr_t caller,
                            struct lv_ticket *ticket)
{
    struct lv_thread *thread = lv_self.thread;
    int error = errno;
    uint32_t stack;
    bool taken, done;

    if (!is_undisturbed(&lv_self))
        return false;
    stack = lv_stack_known(&thread->stack, caller, lv_engine.options.max_stack);
    if (stack == 0)
        return false;
    lv_self.state |= LV_THREAD_BUSY;
    taken = lv_engine_try();
    done = !taken && hand_over(thread, lock, how, caller, stack, ticket);
    if (!done) {
        if (!taken)
            lv_engine_take();
        done = observe_plainly(thread, lock, how, caller, stack, ticket);
        if (!taken)
            lv_backlog_begin(thread);
        lv_engine_give();
    }
    lv_self.state &= ~(uint32_t)LV_THREAD_BUSY;
    errno = error;
    return done;
}

void lv_acquire_miss(uintptr_t lock, uint32_t how, uintptr_t caller,
                     struct lv_ticket *ticket)
{
    struct lv_guard guard;
    struct lv_thread *thread;

    if (lv_transition_framed(lock, how, caller, ticket) ||
        lv_known_find(lock, how, caller, ticket) ||
        acquire_plainly(lock, how, caller, ticket))
        return;
    ticket->instance = NULL;
    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    lv_record_header()->misses++;
    lv_thread_count(thread);
    acquire(thread, lock, how, caller, ticket);
    if (lv_steering)
        lv_steer_note(thread, ticket);
    lv_engine_give();
    if (lv_perturbing != 0 && !(how & LV_HOW_TRY))
        lv_perturb(thread);
    if (lv_steering && !(how & LV_HOW_TRY))
        lv_steer_park(thread, ticket);
    if (how & LV_HOW_SYNC)
        ticket->instance = NULL; /* nothing is held afterwards */
    lv_leave(&guard);
}

void lv_next_subclass(uint32_t n)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_self.thread->next_subclass = n & 0xff;
    lv_thread_mask(lv_self.thread);
    lv_leave(&guard);
}

void lv_next_nest_under(uintptr_t outer)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_self.thread->next_nest_under = outer;
    lv_thread_mask(lv_self.thread);
    lv_leave(&guard);
}

/* ---- releases -------------------------------------------------------------
 */

struct lv_held *lv_event_newest(struct lv_thread *thread, uintptr_t lock)
{
    struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--)
        if (lv_held_lock(held) == lock)
            return held;
    return NULL;
}

static bool is_watched(const struct lv_held *held)
{
    return held != NULL && (held->lock & LV_HELD_WATCHED) != 0;
}

void lv_event_give_up(struct lv_thread *thread, struct lv_held *held,
                      bool refused)
{
    struct lv_instance *instance = held->instance;
    bool tell = is_watched(held) && lv_hold_valid(thread, held) &&
                lv_instance_has(instance, LV_INSTANCE_WATCHED);

    if (is_watched(held) && lv_hold_valid(thread, held))
        lv_newborn_released(thread, instance);

    if (instance->rare->orphan == thread->id && !refused)
        lv_instance_rare(instance)->orphan = 0; /* it could be released */
    lv_thread_remove(thread, held);
    if (tell)
        lv_right_anchor_lost(thread, instance, lv_stack_intern(&thread->stack));
}

static bool is_annotated(uint32_t how)
{
    uint32_t family = how >> 24;

    return family == LV_FAMILY_ANNOTATED || family == LV_FAMILY_PSEUDO;
}

/* A lock that this thread does not hold is released: who has it? Annotated
 * locks tell nothing themselves, but nothing of them was missed. */
static void release_foreign(struct lv_thread *thread, uintptr_t lock,
                            uint32_t how, enum lv_owner owner)
{
    struct lv_instance *instance = lv_life_find(thread, lock, how);
    struct lv_rec_hold mine, hold = {0};
    struct lv_held *held = NULL;
    struct lv_thread *holder;

    if (instance == NULL || instance->class_id == 0)
        return;
    holder = lv_thread_holding(instance, thread, &held);
    if (owner == LV_OWNER_UNKNOWN && holder == NULL && !is_annotated(how))
        return;
    if (owner == LV_OWNER_UNKNOWN)
        owner = holder != NULL ? LV_OWNER_OTHER : LV_OWNER_NONE;
    mine = lv_describe(instance, how, lv_stack_intern(&thread->stack));
    if (holder != NULL)
        hold = lv_describe(instance, held->how, held->stack);
    lv_misuse_write(thread,
                    owner == LV_OWNER_NONE ? LV_MISUSE_UNLOCK_NOT_HELD
                                           : LV_MISUSE_UNLOCK_OTHER_THREAD,
                    &mine, &hold, holder != NULL ? holder->id : 0);
    if (holder != NULL && !(how & LV_HOW_RELOCK_ERROR))
        lv_instance_renew(instance); /* its hold is void now */
}

/* Of a spin lock or a reader another may have been missed, but one that is
 * seen to hold it does. */
static bool can_be_anothers(uint32_t how)
{
    uint32_t family = how >> 24;

    return is_annotated(how) || family == LV_FAMILY_SPIN ||
           family == LV_FAMILY_RWLOCK;
}

void lv_release_miss(uintptr_t lock, uint32_t how, uintptr_t caller,
                     enum lv_owner owner)
{
    bool foreign = owner == LV_OWNER_NONE || owner == LV_OWNER_OTHER ||
                   (owner == LV_OWNER_UNKNOWN && can_be_anothers(how));
    struct lv_guard guard;
    struct lv_thread *thread;
    struct lv_held *held;

    if (lv_steering)
        lv_steer_release(lock);
    if (lv_release_lower(lock) || !lv_enter(&guard))
        return;
    thread = lv_self.thread;
    held = lv_event_newest(thread, lock);
    if (is_watched(held) || (held == NULL && foreign))
        lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
    lv_engine_take();
    if (held != NULL)
        lv_event_give_up(thread, held,
                         (how & LV_HOW_RELOCK_ERROR) != 0 &&
                             owner != LV_OWNER_SELF);
    else if (foreign)
        release_foreign(thread, lock, how, owner);
    lv_engine_give();
    lv_leave(&guard);
}

void lv_downgrade(uintptr_t lock, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;
    struct lv_held *held;

    if (!lv_enter(&guard))
        return;
    thread = lv_self.thread;
    if (is_watched(lv_event_newest(thread, lock)))
        lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
    lv_engine_take();
    lv_thread_remove(thread, NULL);
    held = lv_event_newest(thread, lock);
    if (held != NULL) {
        held->how = (held->how & ~(uint32_t)LV_HOW_MODE) | LV_HOW_READ;
        lv_thread_rekey(thread);
        if (is_watched(held))
            lv_right_anchor_lost(thread, held->instance,
                                 lv_stack_intern(&thread->stack));
    }
    lv_engine_give();
    lv_leave(&guard);
}

bool lv_is_held(uintptr_t lock)
{
    const struct lv_thread *thread = lv_self.thread;
    const struct lv_held *held;

    if (thread == NULL)
        return false;
    for (held = lv_self.top; held > thread->base; held--)
        if (lv_held_lock(held) == lock)
            return true;
    return false;
}
