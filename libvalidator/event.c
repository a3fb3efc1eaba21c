/* SPDX-License-Identifier: BSD-2-Clause */
/* event.c: the slow path of event.h: what is seen for the first time.
 *
 * Order of work in each: signals blocked (lv_enter), the stack taken, then the
 * engine's lock; what an observation names is in the record before it. */
#include "event.h"

#include <errno.h>

#include "await.h"
#include "class.h"
#include "context.h"
#include "engine.h"
#include "findings.h"
#include "hash.h"
#include "join.h"
#include "known.h"
#include "life.h"
#include "misuse.h"
#include "newborn.h"
#include "pairs.h"
#include "perturb.h"
#include "record.h"
#include "reread.h"
#include "right.h"
#include "saturated.h"
#include "signals.h"
#include "stack.h"
#include "steer.h"
#include "thread.h"

/* Of one held sequence and wanted lock this many observations are written, by
 * whatever threads; after that each thread's first, and those whose ordinal is
 * a power of two. */
enum { WITNESSES = 512 };

/* How a lock is looked at but not taken into the steady state's table. */
enum {
    NOT_LEARNED = LV_HOW_NESTED | LV_HOW_RAW | LV_HOW_SEQ_WRITE |
                  LV_HOW_SEQ_WAIT | LV_HOW_SEQ_ONCE | LV_HOW_SEQ_FALLBACK |
                  LV_HOW_SYNC,
};

/* What a thread can do without: it ends by itself, or nobody can keep it. */
enum {
    NO_NEED = LV_HOW_TRY | LV_HOW_TIMED | LV_HOW_SYNC | LV_HOW_PSEUDO,
};

static struct lv_hash observed;  /* chain and thread segment: written */
static struct lv_hash witnesses; /* chain alone: how many */

static uint32_t subclass_of(uint32_t how)
{
    return how >> LV_HOW_SUBCLASS_SHIFT & 0xff;
}

struct lv_rec_hold lv_event_describe(struct lv_instance *instance, uint32_t how,
                                     uint32_t stack)
{
    lv_instance_id(instance);
    return lv_pairs_describe(instance, how, stack);
}

/* ---- observations ---------------------------------------------------------
 */

/* The key of what the thread itself holds, and `above`, on top of `key`. */
static uint64_t chain_on(const struct lv_thread *thread, uint64_t key,
                         const struct lv_ticket *above)
{
    const struct lv_held *held;

    for (held = lv_context_first(thread); held <= thread->self->top; held++)
        key = lv_chain_next(key, held->instance, held->how);
    return above == NULL ? key
                         : lv_chain_next(key, above->instance, above->how);
}

/* Is what the thread holds, or wants, still known to nobody else? */
static bool has_newborn(const struct lv_thread *thread,
                        const struct lv_instance *wanted)
{
    const struct lv_held *held;

    if (lv_newborn_held(thread, wanted))
        return true;
    for (held = lv_context_first(thread); held <= thread->self->top; held++)
        if (held->instance != NULL && lv_newborn_held(thread, held->instance))
            return true;
    return false;
}

/* The plain case, one lock under another: the order knows, without a table of
 * all that was ever seen. */
static enum lv_order_shown look_at_pair(const struct lv_thread *thread,
                                        struct lv_instance *wanted,
                                        uint32_t how)
{
    const struct lv_held *held = thread->self->top;
    _Alignas(struct lv_rec_observation) char
        room[sizeof(struct lv_rec_observation) + sizeof(struct lv_rec_hold)];
    struct lv_rec_observation *like = (void *)room;

    if (held->instance->id == 0 || wanted->id == 0)
        return LV_SHOWN_NEVER;
    like->thread = thread->id;
    like->segment = thread->segment;
    like->count = 1;
    like->wanted = lv_pairs_describe(wanted, how, 0);
    like->hold[0] = lv_pairs_describe(held->instance, held->how, held->stack);
    return lv_order_shown(lv_engine.order, like);
}

/* With anything of this it draws no dependency, or another than its modes and
 * classes tell. */
enum {
    ODD = NOT_LEARNED | LV_HOW_PSEUDO | LV_HOW_TRY | LV_HOW_TIMED |
          LV_HOW_EVENT | LV_HOW_CONTEXT | LV_HOW_AGAIN,
};

static bool is_pair(const struct lv_thread *thread,
                    const struct lv_instance *wanted, uint32_t how,
                    const struct lv_ticket *above)
{
    const struct lv_held *held = thread->self->top;

    return held == thread->base + 1 && above == NULL && !(how & ODD) &&
           !(held->how & (ODD & ~LV_HOW_TIMED)) &&
           lv_hold_valid(thread, held) && held->instance->life != 0 &&
           !(held->instance->class_flags & LV_CLASS_NOVALIDATE) &&
           !has_newborn(thread, wanted);
}

/* The thread was not asked for it before. */
static bool is_first_of_thread(const struct lv_thread *thread, uint64_t anyones)
{
    uint64_t *asked = lv_hash_put(&witnesses, lv_mix(anyones, thread->id));

    return asked != NULL && ++*asked == 1;
}

/* True if this combination is to be written: new to the thread's segment, and
 * not yet seen by very many others. */
static bool is_new_chain(const struct lv_thread *thread,
                         const struct lv_instance *wanted, uint32_t how,
                         uint32_t stack, const struct lv_ticket *above)
{
    uint64_t chain = chain_on(thread, thread->base_key, above), anyones;
    uint64_t last = lv_mix(wanted->life << 16 | (how & 0xffff),
                           subclass_of(how) << 8 |
                               (how & NOT_LEARNED ? (uint64_t)stack << 16 : 0));
    uint64_t *seen, *count;

    if (has_newborn(thread, wanted))
        last = lv_mix(last, 0x6e3b);
    seen = lv_hash_put(&observed, lv_mix(chain, last));

    if (seen == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    if (*seen != 0)
        return false;
    *seen = 1;
    anyones = lv_mix(chain_on(thread, 0xc4a14, above), last);
    count = lv_hash_put(&witnesses, anyones);
    if (count == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    if (++*count == 1)
        lv_record_header()->chains++;
    return *count <= WITNESSES || (*count & (*count - 1)) == 0 ||
           is_first_of_thread(thread, anyones);
}

/* Nothing but its class, its family and its life is to be known of it. */
static bool is_plain(const struct lv_instance *instance)
{
    enum {
        PLAIN = 1 << LV_FAMILY_MUTEX | 1 << LV_FAMILY_RWLOCK |
                1 << LV_FAMILY_SPIN | 1 << LV_FAMILY_C11
    };

    return instance->class_flags == 0 && (PLAIN >> instance->family & 1) &&
           !lv_instance_has(instance, LV_INSTANCE_ODD);
}

static bool is_validated(const struct lv_instance *instance)
{
    return !(instance->class_flags & LV_CLASS_NOVALIDATE);
}

/* Describe a hold that counts at to[count]; NULL: only see to it that the
 * record knows it. Returns the next count. */
static uint32_t list_hold(struct lv_instance *instance, uint32_t how,
                          uint32_t stack, struct lv_rec_hold *to,
                          uint32_t count)
{
    struct lv_rec_hold hold;

    if (!is_validated(instance))
        return count;
    hold = lv_event_describe(instance, how, stack);
    if (to != NULL)
        to[count] = hold;
    return count + 1;
}

/* No order comes of a hold of a newborn lock, or of any that wants one. */
static void mark_newborn(const struct lv_thread *thread,
                         const struct lv_instance *wanted,
                         struct lv_rec_hold *hold, uint32_t count)
{
    const struct lv_held *held;
    uint32_t i;

    for (i = 0; i < count && lv_newborn_held(thread, wanted); i++)
        hold[i].how |= LV_HOW_UNPUBLISHED;
    for (held = lv_context_first(thread); held <= thread->self->top; held++)
        for (i = 0; i < count && held->instance != NULL &&
                    lv_newborn_held(thread, held->instance);
             i++)
            if (hold[i].instance == held->instance->id)
                hold[i].how |= LV_HOW_UNPUBLISHED;
}

/* The holds of the thread that count, oldest first, as list_hold has it. A
 * handler that can come again does not wait for itself: `self`, or NULL. */
static uint32_t list_holds(const struct lv_thread *thread,
                           const struct lv_instance *self,
                           const struct lv_ticket *above,
                           struct lv_rec_hold *to)
{
    const struct lv_held *held;
    uint32_t count = 0;

    for (held = lv_context_first(thread); held <= thread->self->top; held++)
        if (lv_hold_valid(thread, held) && held->instance->life != 0 &&
            held->instance != self)
            count =
                list_hold(held->instance, held->how, held->stack, to, count);
    if (above != NULL)
        count = list_hold(above->instance, above->how, above->stack, to, count);
    return count;
}

/* A second hold of one lock is marked: its dependencies are the first's. */
static void mark_again(struct lv_rec_hold *hold, uint32_t count)
{
    uint32_t i, j;

    for (i = 1; i < count; i++)
        for (j = i; j > 0 && !(hold[i].how & LV_HOW_AGAIN); j--)
            if (hold[j - 1].instance == hold[i].instance)
                hold[i].how |= LV_HOW_AGAIN;
}

/* False: it is to be observed like any other. */
static bool observe_pair(struct lv_thread *thread, struct lv_instance *wanted,
                         uint32_t how, uint32_t stack)
{
    const struct lv_held *held = thread->self->top;
    enum lv_order_shown shown;
    struct lv_rec_hold last, hold;

    if (is_plain(wanted) && is_plain(held->instance) &&
        lv_pairs_keep(thread, wanted, how, stack))
        return true;
    shown = look_at_pair(thread, wanted, how);
    if (shown != LV_SHOWN_NEVER)
        return shown == LV_SHOWN_ALIKE;
    lv_record_header()->chains++;
    last = lv_event_describe(wanted, how, stack);
    hold = lv_event_describe(held->instance, held->how, held->stack);
    lv_thread_refresh_name(thread);
    thread->observed = thread->segment + 1;
    lv_pairs_write(thread->id, thread->segment, &hold, &last);
    return true;
}

static void count_dependencies(void)
{
    lv_record_header()->dependencies =
        lv_order_dependencies(lv_engine.order) + lv_pairs_count();
}

static void observe(struct lv_thread *thread, struct lv_instance *wanted,
                    uint32_t how, uint32_t stack, const struct lv_ticket *above)
{
    struct lv_rec_observation *entry;
    const struct lv_instance *self = how & LV_HOW_CONTEXT ? wanted : NULL;
    bool alone = thread->self->top == thread->base && above == NULL;
    struct lv_rec_hold last;
    uint32_t count;

    if ((alone && !(how & NOT_LEARNED)) || !is_validated(wanted))
        return;
    if (is_pair(thread, wanted, how, above) &&
        observe_pair(thread, wanted, how, stack))
        return;
    if (!is_new_chain(thread, wanted, how, stack, above))
        return;
    lv_signal_waits(thread);
    last = lv_event_describe(wanted, how, stack);
    count = list_holds(thread, self, above, NULL);
    if (count == 0 && !(how & NOT_LEARNED))
        return;
    lv_thread_refresh_name(thread);
    entry = lv_record_append(LV_REC_OBSERVATION,
                             sizeof *entry + count * sizeof entry->hold[0]);
    if (entry == NULL)
        return;
    entry->thread = thread->id;
    entry->segment = thread->segment;
    thread->observed = thread->segment + 1;
    entry->count = count;
    entry->wanted = last;
    list_holds(thread, self, above, entry->hold);
    mark_again(entry->hold, count);
    mark_newborn(thread, wanted, entry->hold, count);
    lv_record_commit(entry);
    if (!lv_order_observe(lv_engine.order, entry, lv_findings_cycle, NULL))
        lv_record_lost(LV_LOST_MEMORY);
}

void lv_event_observe(struct lv_thread *thread, struct lv_instance *wanted,
                      uint32_t how, uint32_t stack,
                      const struct lv_ticket *above)
{
    observe(thread, wanted, how, stack, above);
    count_dependencies();
}

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
    again = lv_event_describe(instance, how, stack);
    hold = lv_event_describe(instance, held->how, held->stack);
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
    struct lv_rec_hold mine = lv_event_describe(instance, how, stack), hold;
    const struct lv_held *held;

    for (held = lv_context_first(thread); held <= thread->self->top; held++) {
        if (held == nest)
            return;
        if (!lv_hold_valid(thread, held) || held->instance->life == 0 ||
            held->instance->class_id != instance->class_id)
            continue;
        hold = lv_event_describe(held->instance, held->how, held->stack);
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
    struct lv_rec_hold mine = lv_event_describe(instance, how, stack);
    struct lv_rec_hold hold = lv_event_describe(
        instance, instance->rare->orphan_how, instance->rare->orphan_stack);

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
        lv_event_observe(thread, instance, how, stack, NULL);
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
    *ticket = (struct lv_ticket){
        .instance = instance,
        .lock = watched(thread, instance),
        .next = lv_chain_next(thread->self->key, instance, how),
        .stack = stack,
        .how = how,
    };
    if (how & LV_HOW_SYNC)
        return;
    if ((how & LV_HOW_MODE) == LV_HOW_WRITE)
        lv_reread_writer(thread, instance);
    if (held == NULL)
        lv_context_taken(thread, ticket);
    if (!lv_steering && lv_perturbing == 0 && !pending &&
        !(how & NOT_LEARNED) &&
        !lv_instance_has(instance, LV_INSTANCE_WATCHED) &&
        instance->rare->reentry != caller && !has_newborn(thread, instance))
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

/* With the engine's lock held: until now the locks could end. */
static bool observe_plainly(struct lv_thread *thread, uintptr_t lock,
                            uint32_t how, uintptr_t caller, uint32_t stack,
                            struct lv_ticket *ticket)
{
    enum { ASK_AGAIN = 2 }; /* whether more can be learned: it takes a while */
    struct lv_instance *instance = lv_instance_find(lock);

    if (instance == NULL || !lv_known_plain(thread, instance, how) ||
        !lv_known_noted(thread, instance) || !holds_plainly(thread, instance))
        return false;
    lv_event_observe(thread, instance, how, stack, NULL);
    if ((thread->looks ^ thread->id) % ASK_AGAIN == 0)
        lv_saturated_note(thread, instance, how, caller);
    *ticket = (struct lv_ticket){
        .instance = instance,
        .lock = lock,
        .next = lv_chain_next(thread->self->key, instance, how),
        .stack = stack,
        .how = how,
    };
    lv_record_header()->misses++;
    return true;
}

/* The same as acquire, of a plain lock under plain ones: what that looks at
 * besides their order is not there. */
static bool acquire_plainly(uintptr_t lock, uint32_t how, uintptr_t caller,
                            struct lv_ticket *ticket)
{
    struct lv_thread *thread = lv_self.thread;
    int error = errno;
    uint32_t stack;
    bool done;

    if (!is_undisturbed(&lv_self))
        return false;
    stack = lv_stack_known(&thread->stack, caller, lv_engine.options.max_stack);
    if (stack == 0)
        return false;
    lv_self.state |= LV_THREAD_BUSY;
    lv_lock_take(&lv_engine.lock);
    done = observe_plainly(thread, lock, how, caller, stack, ticket);
    if (done)
        lv_known_learn(thread, how, caller, ticket);
    lv_lock_give(&lv_engine.lock);
    lv_self.state &= ~(uint32_t)LV_THREAD_BUSY;
    errno = error;
    return done;
}

void lv_acquire_miss(uintptr_t lock, uint32_t how, uintptr_t caller,
                     struct lv_ticket *ticket)
{
    struct lv_guard guard;
    struct lv_thread *thread;

    if (lv_known_find(lock, how, caller, ticket) ||
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
    lv_lock_give(&lv_engine.lock);
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

static struct lv_held *newest(struct lv_thread *thread, uintptr_t lock)
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

/* One hold goes; of a watched one the stack was taken. `refused`: only a thread
 * with the id of the lock's owner can release it. */
static void give_up(struct lv_thread *thread, struct lv_held *held,
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
    mine = lv_event_describe(instance, how, lv_stack_intern(&thread->stack));
    if (holder != NULL)
        hold = lv_event_describe(instance, held->how, held->stack);
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
    if (!lv_enter(&guard))
        return;
    thread = lv_self.thread;
    held = newest(thread, lock);
    if (is_watched(held) || (held == NULL && foreign))
        lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
    lv_lock_take(&lv_engine.lock);
    if (held != NULL)
        give_up(thread, held,
                (how & LV_HOW_RELOCK_ERROR) != 0 && owner != LV_OWNER_SELF);
    else if (foreign)
        release_foreign(thread, lock, how, owner);
    lv_lock_give(&lv_engine.lock);
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
    if (is_watched(newest(thread, lock)))
        lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
    lv_lock_take(&lv_engine.lock);
    lv_thread_remove(thread, NULL);
    held = newest(thread, lock);
    if (held != NULL) {
        held->how = (held->how & ~(uint32_t)LV_HOW_MODE) | LV_HOW_READ;
        lv_thread_rekey(thread);
        if (is_watched(held))
            lv_right_anchor_lost(thread, held->instance,
                                 lv_stack_intern(&thread->stack));
    }
    lv_lock_give(&lv_engine.lock);
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

/* ---- sequence counts ------------------------------------------------------
 */

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
    mine = lv_event_describe(instance, how, stack);
    hold = lv_event_describe(instance, held->how, held->stack);
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
    mine = lv_event_describe(instance, how, stack);
    guard = lv_instance_find(instance->rare->guard);
    if (guard != NULL && guard->class_id != 0)
        other = lv_event_describe(guard, 0, 0);
    lv_misuse_write(thread, LV_MISUSE_SEQ_UNLOCKED, &mine, &other, 0);
}

static void begin_write(struct lv_thread *thread, uintptr_t seq, uint32_t how,
                        struct lv_ticket *ticket)
{
    struct lv_instance *instance = lv_life_find(thread, seq, how);
    uint32_t stack;

    if (instance == NULL || instance->class_id == 0)
        return;
    how = take_next(thread, find_nest(thread, instance), how);
    stack = lv_stack_intern(&thread->stack);
    if (lv_steering)
        lv_steer_note(thread, NULL);
    check_writers(thread, instance, how, stack);
    check_guard(thread, instance, how, stack);
    if (lv_thread_hold(thread, instance) == NULL)
        lv_event_observe(thread, instance, how, stack, NULL);
    *ticket = (struct lv_ticket){
        .instance = instance,
        .lock = watched(thread, instance),
        .next = lv_chain_next(thread->self->key, instance, how),
        .stack = stack,
        .how = how,
    };
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
    if (newest(thread, seq) != NULL) {
        give_up(thread, newest(thread, seq), false);
    } else if ((instance = lv_life_find(thread, seq, how)) != NULL &&
               instance->class_id != 0) {
        mine =
            lv_event_describe(instance, how, lv_stack_intern(&thread->stack));
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
        lv_event_observe(thread, instance, how, stack, NULL);
        return;
    }
    mine = lv_event_describe(instance, how, stack);
    hold = lv_event_describe(instance, held->how, held->stack);
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
    lv_lock_give(&lv_engine.lock);
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
    if (lv_steering && !(how & LV_HOW_SEQ_ONCE))
        steer_seq(thread, instance, how);
    else
        lv_lock_give(&lv_engine.lock);
    lv_leave(&guard);
}
