/* SPDX-License-Identifier: BSD-2-Clause */
/* await.h: waits for events, in the order of the locks.
 *
 * An EVENT is what one thread waits for and others bring about: the signal of a
 * condition variable, the post of a semaphore, the last arrival at a barrier.
 * It is a node of the order like a lock that nobody holds:
 *   L -> e   a thread held L and waited for e without a limit;
 *   e -> X   whoever brings e about needs X first.
 * A thread NEEDS what it holds when it signals, and what it waited for on the
 * way there: since its life began, or since it last brought an event about,
 * which may have told others that it is past those. (That others told it to go
 * on proves nothing of the kind.)
 *
 * One signal of many is enough for a waiter; so e -> X holds only as long as
 * all that were ever seen needed X, and one without drops it for good, also
 * where it is written already: entries say what each signal needed, and the
 * tools draw what is left in the end (record_format.h, lv_rec_signal). The
 * engine draws none and so tells none of these at once. Of a semaphore, a post
 * by a thread that waits for it as well needs nothing: what it holds it may
 * have held since before its wait. At a barrier all must come, and each need
 * counts.
 *
 * Needs are seen where a lock is looked at the slow way. So that this happens
 * again after a signal, a thread forgets its known steps at its first
 * LV_NEED_ROUNDS signals; later ones from a known place are taken for what that
 * place was before, others for needing what is held alone.
 *
 * Under the engine's lock. Includes thread.h. Used by event.c, barrier.c. */
#ifndef LV_AWAIT_H
#define LV_AWAIT_H

#include "thread.h"

/* The thread waits, or may, for `instance`, which it does not hold;
 * LV_NOTED_*, until it brings something about. */
unsigned lv_await_note(struct lv_thread *thread, struct lv_instance *instance,
                       uint32_t how, uint32_t stack);

/* The thread, its stack taken, comes to the barrier at `barrier`. */
void lv_await_barrier(struct lv_thread *thread, uintptr_t barrier);

#endif
