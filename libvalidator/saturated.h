/* SPDX-License-Identifier: BSD-2-Clause */
/* saturated.h: dependencies of which nothing more can be learned.
 *
 * Many threads that take the same locks under each other in ever other
 * combinations show the same dependencies again and again. One is SATURATED
 * when there is evidence of LV_SATURATED threads for it, such that
 *   - none of these threads has ended its segment since, or was joined: what
 *     they showed can overlap whatever comes;
 *   - no two of them held another lock in common besides the tail.
 * Then another thread's evidence changes no verdict: a cycle through the
 * dependency has other steps, of some threads that held some locks; each of
 * those threads and locks excludes one of the LV_SATURATED at most. (What can
 * be lost is an inversion, to a lesser grade, of more threads and locks
 * together than that.) Nor is a dependency on a cycle saturated.
 *
 * What is saturated in the present EPOCH stands in a table that is read without
 * a lock, by the locks' lives and modes and the place of the call; each place
 * is observed once for the classes of the locks. The epoch ends when a thread
 * that vouches for anything ends its segment or is joined, and when a cycle is
 * found.
 *
 * All but lv_saturated_look under the engine's lock. Includes thread.h. Used by
 * known.c, event.c, thread.c, engine.c, findings.c. */
#ifndef LV_SATURATED_H
#define LV_SATURATED_H

#include "thread.h"

enum { LV_SATURATED = 6 };

/* Is each dependency from what the calling thread holds to `wanted` saturated?
 * The holds may be any; the wanted lock is plain (known.h). Any context. */
bool lv_saturated_look(const struct lv_thread *thread,
                       const struct lv_instance *wanted, uint32_t how,
                       uintptr_t caller);

/* The thread holds plain locks alone, and waits for `wanted`. True: that shows
 * nothing new, and the places were seen; it need not be observed. */
bool lv_saturated_ask(const struct lv_thread *thread,
                      const struct lv_instance *wanted, uint32_t how,
                      uintptr_t caller);

/* Thread `id` is in this segment from now on; what it did in its segments below
 * `until` is before what another does; it alone is left, in a forked child. */
void lv_saturated_segment(uint32_t id, uint32_t segment);
void lv_saturated_met(uint32_t id, uint32_t until);
void lv_saturated_forked(uint32_t survivor);

/* Nothing is saturated any more. */
void lv_saturated_end_epoch(void);

#endif
