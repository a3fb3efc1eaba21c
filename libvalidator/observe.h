/* SPDX-License-Identifier: BSD-2-Clause */
/* observe.h: a thread that holds these locks wants one more.
 *
 * The first time that this is seen, of a thread in a segment, it is written to
 * the record and shown to the order, which says if it closes a cycle. One plain
 * lock under another is asked of the order itself, or kept with the lock
 * (pairs.h); of longer chains a table tells what was seen. A chain that very
 * many have shown is written of few more.
 *
 * Slow path, under the engine's lock. Includes thread.h. Used by event.c,
 * seqcount.c, context.c, signals.c, await.c, join.c. */
#ifndef LV_OBSERVE_H
#define LV_OBSERVE_H

#include "thread.h"

/* How a lock is looked at each time: no step to it is ever learned. */
enum {
    LV_NOT_LEARNED = LV_HOW_NESTED | LV_HOW_RAW | LV_HOW_SEQ_WRITE |
                     LV_HOW_SEQ_WAIT | LV_HOW_SEQ_ONCE | LV_HOW_SEQ_FALLBACK |
                     LV_HOW_SYNC,
};

/* The thread wants `wanted`; `above` (NULL: none) is what it holds besides, on
 * top of its list. Written if it is new. */
void lv_observe(struct lv_thread *thread, struct lv_instance *wanted,
                uint32_t how, uint32_t stack, const struct lv_ticket *above);

/* The same, where all of them are plain (known.h). */
void lv_observe_plainly(struct lv_thread *thread, struct lv_instance *wanted,
                        uint32_t how, uint32_t stack);

/* Is what the thread holds, or wants, still known to nobody else? */
bool lv_observe_newborn(const struct lv_thread *thread,
                        const struct lv_instance *wanted);

/* A hold as the record has it, which knows its instance from now on. */
struct lv_rec_hold lv_describe(struct lv_instance *instance, uint32_t how,
                               uint32_t stack);

#endif
