/* SPDX-License-Identifier: BSD-2-Clause */
/* join.h: joining a thread with a lock in hand that it takes.
 *
 * A thread's end is waited for like a lock that the thread has from its
 * beginning on. To hold it in every held list would cost each acquisition; so
 * of each thread that can be joined the first locks it waited for are kept,
 * and where one of them is held at a join, both halves are written: the
 * joiner holds the lock and waits for the end, the thread wants the lock before
 * it ends. What it takes later, or more than is kept, is not seen.
 * Under the engine's lock. Includes thread.h. Used by event.c, engine.c. */
#ifndef LV_JOIN_H
#define LV_JOIN_H

#include "thread.h"

/* The thread waits, or may, for `instance`, which it does not hold. */
void lv_join_note(struct lv_thread *thread, struct lv_instance *instance,
                  uint32_t how, uint32_t stack);

/* `joiner`, its stack taken, is about to wait for the end of thread `id`, whose
 * handle is `handle`. */
void lv_join_check(struct lv_thread *joiner, uint32_t id, uintptr_t handle);

/* Nobody will join thread `id` any more. */
void lv_join_forget(uint32_t id);

#endif
