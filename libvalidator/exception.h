/* SPDX-License-Identifier: BSD-2-Clause */
/* exception.h: raw sequence-count writes, proved or refuted.
 *
 * A raw write leaves the order graph alone. It is sound if no reader that
 * waits for the count can be waited for, itself or through others, by a writer
 * that holds the count odd. For each raw write site this computes
 *   suppressed: the dependencies the raw write kept out of the graph,
 *   cycles: the strong cycles those would have closed with the rest,
 *   Reach(seq): the locks reachable from a writer that holds it odd,
 * all between classes, and the verdict:
 *   refuted: some waiting reader, or some reader about to wait in its
 *            fallback, holds a lock in Reach(seq) (or seq itself);
 *   unneeded: not refuted, and the suppressed dependencies close no cycle;
 *   proved: not refuted, and they do.
 * What a lock in Reach(seq) must be held for, and how it must be wanted, is as
 * in a strong cycle: a reader that shares it with a writer that reads it too
 * does not refute. A site is judged by what its own writers wait for. Rule R28
 * of the mm model. Used by the tools alone. Includes order.h, graph.h,
 * memory.h. */
#ifndef LV_EXCEPTION_H
#define LV_EXCEPTION_H

#include "order.h"

enum lv_verdict { LV_PROVED, LV_REFUTED, LV_UNNEEDED };

struct lv_suppressed {
    uint32_t from_class, to_class;
};

struct lv_exception {
    uint32_t class_id; /* of the sequence count */
    uint32_t stack;    /* the raw write's site */
    enum lv_verdict verdict;
    uint32_t suppressed_count; /* each pair of classes once */
    const struct lv_suppressed *suppressed;
    uint32_t cycle_count;
    const struct lv_cycle *cycle;            /* not judged: of grade class */
    const struct lv_rec_observation *reader; /* refuted: the one who waits */
    uint32_t reader_lock; /* refuted: class id of the lock in Reach(seq) */
};

/* One call of `visit` per class and site (stack id), in the order in which the
 * sites were first observed; the exception is valid during the call only.
 * `seen` are all observations, also the count-0 ones. False: out of memory, or
 * the search for cycles was given up; verdicts of what was found all the same.
 */
bool lv_exceptions(const struct lv_rec_observation *const *seen, size_t count,
                   void (*visit)(void *, const struct lv_exception *),
                   void *context);

#endif
