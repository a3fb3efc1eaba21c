/* SPDX-License-Identifier: BSD-2-Clause */
/* waiting.h: what each thread waits for, where `lockval run` can read it.
 *
 * A thread has a place for it in the record (struct lv_rec_wait), found at its
 * first wait, and keeps a few of its waits ready, by chain, object and caller:
 * one of these is told by copying it. Slow path, under the engine's lock, but
 * for lv_wait_begin and lv_wait_end (event.h).
 * Includes thread.h. Used by blocked.c, join.c, thread.c. */
#ifndef LV_WAITING_H
#define LV_WAITING_H

#include "event.h"
#include "thread.h"

/* The calling thread, `thread`, waits for the lock of `ticket` in slices, at
 * `stack`. It may say so again. lv_wait_end when it no longer does. */
void lv_waiting_sliced(struct lv_thread *thread,
                       const struct lv_ticket *ticket);

/* Another thread that says it waits for a signal of `condition`, with another
 * mutex than `mutex`; NULL: none. With the engine's lock held. What is returned
 * lives on, and holds as long as its serial does not change. */
const struct lv_rec_wait *lv_waiting_with_other(const struct lv_thread *thread,
                                                uintptr_t condition,
                                                uintptr_t mutex);

/* True if the thread is remembered to have waited for a signal of `condition`
 * with `mutex`, which it then took back at *stack. The last few are. */
bool lv_waiting_waited(const struct lv_thread *thread, uintptr_t condition,
                       uintptr_t mutex, uint32_t *stack);

/* The thread ends; gives up its place. */
void lv_waiting_drop(struct lv_thread *thread);

/* In a forked child, for each thread of the parent: the places are the
 * parent's. */
void lv_waiting_forked(struct lv_thread *thread);

#endif
