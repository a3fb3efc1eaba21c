/* SPDX-License-Identifier: BSD-2-Clause */
/* join.h: joining a thread with a lock in hand that it takes.
 *
 * A thread's end is waited for like a lock that the thread has from its
 * beginning on. To hold it in every held list would cost each acquisition; so
 * of each thread that can be joined the first locks it waited for are kept,
 * and where one of them is held at a join, both halves are written: the
 * joiner holds the lock and waits for the end, the thread wants the lock before
 * it ends. What it takes later, or more than is kept, is not seen.
 *
 * A thread may have taken the lock for the last time, said so, and the joiner
 * may know. Known are: that the thread brought an event about since (and took
 * nothing after it, or would have been seen to take this one); and that the
 * joiner waited for that event with the lock. In the hold that it has: then
 * nothing is written. Ever, or the thread held the lock as it brought it about:
 * then the thread's half is marked, and the cycle is a hint. Should it want the
 * lock all the same, they hang, and that is told (tools/hang.c).
 *
 * Under the engine's lock. Includes thread.h. Used by await.c, event.c,
 * engine.c, thread.c. */
#ifndef LV_JOIN_H
#define LV_JOIN_H

#include "thread.h"

/* The thread waits, or may, for `instance`, which it does not hold;
 * LV_NOTED_*, until it brings something about. */
unsigned lv_join_note(struct lv_thread *thread, struct lv_instance *instance,
                      uint32_t how, uint32_t stack);

/* The thread signals or posts `event`, for all to see. */
void lv_join_brought(const struct lv_thread *thread, uintptr_t event);

/* The thread ends. */
void lv_join_over(const struct lv_thread *thread);

/* `joiner`, its stack taken, is about to wait for the end of thread `id`, whose
 * handle is `handle`. */
void lv_join_check(struct lv_thread *joiner, uint32_t id, uintptr_t handle);

/* Nobody will join thread `id` any more. */
void lv_join_forget(uint32_t id);

#endif
