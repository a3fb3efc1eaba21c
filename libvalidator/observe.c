/* SPDX-License-Identifier: BSD-2-Clause */
/* observe.c: see observe.h.
 *
 * What an observation names is in the record before it. */
#include "observe.h"

#include "context.h"
#include "engine.h"
#include "findings.h"
#include "hash.h"
#include "newborn.h"
#include "pairs.h"
#include "record.h"
#include "signals.h"

/* Of one held sequence and wanted lock this many observations are written, by
 * whatever threads; after that each thread's first, and those whose ordinal is
 * a power of two. */
enum { WITNESSES = 512 };

static struct lv_hash observed;  /* chain and thread segment: written */
static struct lv_hash witnesses; /* chain alone: how many */

static uint32_t subclass_of(uint32_t how)
{
    return how >> LV_HOW_SUBCLASS_SHIFT & 0xff;
}

static inline struct lv_rec_hold describe(struct lv_instance *instance,
                                          uint32_t how, uint32_t stack)
{
    if (!lv_instance_has(instance, LV_INSTANCE_NAMED))
        lv_pairs_name(instance);
    return lv_pairs_describe(instance, how, stack);
}

struct lv_rec_hold lv_describe(struct lv_instance *instance, uint32_t how,
                               uint32_t stack)
{
    return describe(instance, how, stack);
}

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

bool lv_observe_newborn(const struct lv_thread *thread,
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
static bool is_shown(const struct lv_thread *thread, struct lv_graph_spot spot,
                     const struct lv_rec_hold *hold,
                     const struct lv_rec_hold *wanted)
{
    _Alignas(struct lv_rec_observation) char
        room[sizeof(struct lv_rec_observation) + sizeof(struct lv_rec_hold)];
    struct lv_rec_observation *like = (void *)room;

    like->thread = thread->id;
    like->segment = thread->segment;
    like->count = 1;
    like->wanted = *wanted;
    like->hold[0] = *hold;
    return lv_order_is_shown(lv_engine.order, spot, like);
}

/* With anything of this it draws no dependency, or another than its modes and
 * classes tell. */
enum {
    ODD = LV_NOT_LEARNED | LV_HOW_PSEUDO | LV_HOW_TRY | LV_HOW_TIMED |
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
           !lv_observe_newborn(thread, wanted);
}

/* The thread was not asked for it before. */
static bool is_first_of_thread(const struct lv_thread *thread, uint64_t anyones)
{
    uint64_t *asked = lv_hash_put(&witnesses, lv_mix(anyones, thread->id));

    return asked != NULL && ++*asked == 1;
}

/* What its maker does with a lock that nobody else knows is in no order with
 * what others do. It shows its classes alone: of a program that makes objects
 * without end, some are enough. */
static bool is_one_of_many(const struct lv_thread *thread,
                           const struct lv_instance *wanted, uint32_t how,
                           uint32_t stack)
{
    const uint32_t flavour = LV_HOW_MODE | 0xffu << LV_HOW_SUBCLASS_SHIFT;
    uint64_t key = lv_mix(wanted->class_id, (uint64_t)stack << 32 | how);
    const struct lv_held *held;

    for (held = lv_context_first(thread); held <= thread->self->top; held++)
        if (held->instance != NULL)
            key = lv_mix(lv_mix(key, held->instance->class_id),
                         (uint64_t)held->stack << 32 | (held->how & flavour));
    return !lv_pairs_is_sample(key, thread->id, thread->segment);
}

/* True if this combination is to be written: new to the thread's segment, and
 * not yet seen by very many others. */
static bool is_new_chain(const struct lv_thread *thread,
                         const struct lv_instance *wanted, uint32_t how,
                         uint32_t stack, const struct lv_ticket *above)
{
    uint64_t chain = chain_on(thread, thread->base_key, above), anyones;
    uint64_t last =
        lv_mix(wanted->life << 16 | (how & 0xffff),
               subclass_of(how) << 8 |
                   (how & LV_NOT_LEARNED ? (uint64_t)stack << 16 : 0));
    uint64_t *seen, *count;

    if (lv_observe_newborn(thread, wanted))
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
    hold = lv_describe(instance, how, stack);
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

/* Both are plain, or not; false: it is to be observed like any other. */
static bool observe_pair(struct lv_thread *thread, struct lv_instance *wanted,
                         uint32_t how, uint32_t stack, bool plain)
{
    const struct lv_held *held = thread->self->top;
    struct lv_rec_hold last, hold;
    struct lv_graph_spot spot;

    if (plain && !lv_instance_has(wanted, LV_INSTANCE_NAMED) &&
        lv_pairs_keep(thread, wanted, how, stack))
        return true;
    last = describe(wanted, how, stack);
    hold = describe(held->instance, held->how, held->stack);
    spot = lv_order_locate(lv_engine.order, hold.instance, last.instance);
    if (spot.edge != LV_GRAPH_NONE)
        return is_shown(thread, spot, &hold, &last);
    lv_record_header()->chains++;
    lv_thread_refresh_name(thread);
    thread->observed = thread->segment + 1;
    lv_pairs_write(thread->id, thread->segment, &hold, &last, spot);
    return true;
}

static void count_dependencies(void)
{
    lv_record_header()->dependencies =
        lv_order_dependencies(lv_engine.order) + lv_pairs_count();
}

static void observe_chain(struct lv_thread *thread, struct lv_instance *wanted,
                          uint32_t how, uint32_t stack,
                          const struct lv_ticket *above)
{
    struct lv_rec_observation *entry;
    const struct lv_instance *self = how & LV_HOW_CONTEXT ? wanted : NULL;
    struct lv_rec_hold last;
    uint32_t count;

    if (above == NULL && lv_observe_newborn(thread, wanted) &&
        is_one_of_many(thread, wanted, how, stack))
        return;
    if (!is_new_chain(thread, wanted, how, stack, above))
        return;
    lv_signal_waits(thread);
    last = lv_describe(wanted, how, stack);
    count = list_holds(thread, self, above, NULL);
    if (count == 0 && !(how & LV_NOT_LEARNED))
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

static void observe(struct lv_thread *thread, struct lv_instance *wanted,
                    uint32_t how, uint32_t stack, const struct lv_ticket *above)
{
    bool alone = thread->self->top == thread->base && above == NULL;

    if ((alone && !(how & LV_NOT_LEARNED)) || !is_validated(wanted))
        return;
    if (!is_pair(thread, wanted, how, above) ||
        !observe_pair(thread, wanted, how, stack,
                      is_plain(wanted) &&
                          is_plain(thread->self->top->instance)))
        observe_chain(thread, wanted, how, stack, above);
}

void lv_observe(struct lv_thread *thread, struct lv_instance *wanted,
                uint32_t how, uint32_t stack, const struct lv_ticket *above)
{
    observe(thread, wanted, how, stack, above);
    count_dependencies();
}

void lv_observe_plainly(struct lv_thread *thread, struct lv_instance *wanted,
                        uint32_t how, uint32_t stack)
{
    if (thread->self->top != thread->base + 1 ||
        !observe_pair(thread, wanted, how, stack, true))
        observe_chain(thread, wanted, how, stack, NULL);
    count_dependencies();
}
