/* SPDX-License-Identifier: BSD-2-Clause */
/* context.h: what may interrupt a thread, and how its holder may wait.
 *
 * A CONTEXT is something that runs on top of a thread at a moment of its own
 * choosing: an interrupt, a signal. There are LV_CONTEXTS, named by a bit. Each
 * is one pseudo-lock in the same order as all locks:
 *   L -> c   a thread held L while c could interrupt it: L's holder waits until
 *            the handler is done;
 *   c -> M   the handler waited for M.
 * So a lock that a handler takes and that is held where the handler can come is
 * a cycle like any other, read modes and chains included. What a context
 * interrupted is not its own: of a thread inside one, the holds from the newest
 * entry on count, and what lies below is ordered by the entry itself.
 *
 * A context can interrupt a thread if it is on (all are off at a thread's
 * start) and the thread is not inside it. The set that is on is part of the
 * chain's key: what was learned with it does not answer without it.
 *
 * WAIT TYPES (lockval.h): a lock's outer type must not be above the least inner
 * type held.
 *
 * Slow path, under the engine's lock, but for the functions of event.h.
 * Includes thread.h. Used by event.c, observe.c, seqcount.c. */
#ifndef LV_CONTEXT_H
#define LV_CONTEXT_H

#include "thread.h"

enum { LV_CONTEXTS = 8 };

/* The oldest hold that is the thread's own, and not of what it interrupted;
 * one past the newest if there is none. */
const struct lv_held *lv_context_first(const struct lv_thread *thread);

/* `ticket` is about to be held: it can be interrupted by all that can come
 * now. */
void lv_context_taken(struct lv_thread *thread, const struct lv_ticket *ticket);

/* The thread waits for `instance`: may it, in view of what it holds? */
void lv_context_check_wait(struct lv_thread *thread,
                           struct lv_instance *instance, uint32_t how,
                           uint32_t stack);

#endif
