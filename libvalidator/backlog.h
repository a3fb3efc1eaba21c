/* SPDX-License-Identifier: BSD-2-Clause */
/* backlog.h: what threads saw while another had the engine's lock.
 *
 * A plain lock that is wanted under plain ones (known.h) has nothing to be
 * checked but its order, and nobody waits for the answer. A thread that finds
 * the engine's lock taken writes what it holds and wants into a ring of its
 * own, its BACKLOG, and goes on. Who takes the lock observes all of it before
 * all else, and who gives it back looks if there is more: so under the lock
 * everything is known that was seen before, and nothing is left over. This
 * is flat combining (D. Hendler, I. Incze, N. Shavit, M. Tzafrir, SPAA 2010),
 * of requests that have no result. A thread whose ring is full, or which is
 * deeper in locks than a ring has room for, waits for the lock; that bounds
 * what a holder can find.
 *
 * What is in a ring is lost where the process is killed within the
 * microseconds that it stays there, as what a thread that waits for the lock
 * has seen would be.
 *
 * Includes thread.h. Used by event.c, engine.h (take and give), thread.c. */
#ifndef LV_BACKLOG_H
#define LV_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

struct lv_thread;
struct lv_ticket;

/* A ring for the calling thread, where it has none; under the engine's lock.
 * Without memory it has none, and waits. */
void lv_backlog_begin(struct lv_thread *thread);

/* The thread, which holds plain locks alone, wants what `ticket` says from
 * `caller`. False, and nothing done: no ring, or no room in it. Without the
 * engine's lock; lv_engine_try must follow. */
bool lv_backlog_put(struct lv_thread *thread, const struct lv_ticket *ticket,
                    uintptr_t caller);

/* Observe what is in all rings; under the engine's lock. */
void lv_backlog_observe(void);

/* The thread ends: its ring, empty by now, is given back. */
void lv_backlog_end(struct lv_thread *thread);

/* In a forked child: what others had in theirs is their parent's to tell. */
void lv_backlog_forked(void);

/* A plain lock is wanted under plain ones: it is to be observed, unless it is
 * known that it shows nothing new. Under the engine's lock. */
bool lv_backlog_is_news(struct lv_thread *thread,
                        const struct lv_ticket *ticket, uintptr_t caller);

#endif
