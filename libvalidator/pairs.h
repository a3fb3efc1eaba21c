/* SPDX-License-Identifier: BSD-2-Clause */
/* pairs.h: dependencies that cannot be on a cycle yet.
 *
 * A lock under which no other was ever waited for is on no cycle, nor are the
 * dependencies into it. A program that goes over a million objects, each with a
 * lock taken under its container's or its neighbour's, has a million of those.
 * They are kept here, as PAIRS of tail and head with their evidence (thread,
 * segment, modes, stacks), and stay out of the order and of the record. The
 * first time that the head is waited for by its holder, or that the record has
 * to tell of it for another reason, it is NAMED: its pairs are written, as if
 * they had been when they were seen.
 *
 * A lock is the tail of its pairs or the head of them, not both. Kept are only
 * pairs of plain locks (observe.c), of which nothing else held by the thread.
 *
 * What the record shows of classes must not be less for that. So of each pair
 * of classes, modes, stacks and of the direction in memory, the first few of a
 * thread's segment are written at once, and later those whose ordinal is a
 * power of two. Locks of one class under each other are kept only two by two:
 * longer pieces are lists or trees, which the tools look at as a whole; so the
 * tail of such a pair, when it is named, names the head.
 *
 * Slow path, under the engine's lock. Includes class.h, engine.h, findings.h,
 * record.h, thread.h. Used by observe.c and instance.c. */
#ifndef LV_PAIRS_H
#define LV_PAIRS_H

#include "class.h"
#include "engine.h"
#include "findings.h"
#include "record.h"
#include "thread.h"

/* The thread, whose only hold is the newest, waits for `wanted`. True: that is
 * kept, or was known; nothing is to be written. False: it is to be observed. */
bool lv_pairs_keep(struct lv_thread *thread, struct lv_instance *wanted,
                   uint32_t how, uint32_t stack);

/* The same as lv_order_is_saturated, of a pair that is kept here. */
bool lv_pairs_is_saturated(const struct lv_instance *tail,
                           const struct lv_instance *head,
                           const struct lv_order_asked *asked);

/* The record is about to tell of it: what was kept is written. */
void lv_pairs_name(struct lv_instance *instance);

/* The life of `instance` ends. */
void lv_pairs_forget(struct lv_instance *instance);

/* Another of what the record shows alike (`key` says what: classes, modes,
 * stacks), by a thread in a segment: is it to be written? The first few are,
 * and then those whose ordinal is a power of two; of a segment, and of all. */
bool lv_pairs_is_sample(uint64_t key, uint32_t thread, uint32_t segment);

/* How many dependencies are here and not in the order. */
uint64_t lv_pairs_count(void);

/* A hold as the record has it, of an instance that is not named by that. */
static inline struct lv_rec_hold lv_pairs_describe(struct lv_instance *instance,
                                                   uint32_t how, uint32_t stack)
{
    uint8_t subclass = how >> LV_HOW_SUBCLASS_SHIFT & 0xff;

    return (struct lv_rec_hold){
        .instance =
            instance->id != 0 ? instance->id : lv_instance_number(instance),
        .class_id = subclass == 0 ? instance->class_id
                                  : lv_class_sub(instance->class_id, subclass),
        .how = how & 0x00ffffff,
        .stack = stack,
    };
}

/* Write it to the record and show it to the order, which has it at `spot`: a
 * thread that held `hold` waited for `wanted`. */
static inline void lv_pairs_write(uint32_t thread, uint32_t segment,
                                  const struct lv_rec_hold *hold,
                                  const struct lv_rec_hold *wanted,
                                  struct lv_graph_spot spot)
{
    struct lv_rec_observation *entry =
        lv_record_append(LV_REC_OBSERVATION, sizeof *entry + sizeof *hold);

    if (entry == NULL)
        return;
    entry->thread = thread;
    entry->segment = segment;
    entry->count = 1;
    entry->wanted = *wanted;
    entry->hold[0] = *hold;
    lv_record_commit(entry);
    if (!lv_order_observe_pair(lv_engine.order, spot, entry, lv_findings_cycle,
                               NULL))
        lv_record_lost(LV_LOST_MEMORY);
}

#endif
