/* SPDX-License-Identifier: BSD-2-Clause */
/* known.h: the second look, for a step that the thread's table has no room for.
 *
 * A lock remembers the last step that led to it: which thread, with which chain
 * held, took it in which way from where. That is what a transition says
 * (held.h), kept where the lock is instead of where the thread is: a program
 * that passes over a million locks in pairs finds each of its steps again. It
 * is forgotten when the lock dies, or is to be looked at again.
 *
 * A plain lock that is taken with nothing held has nothing to be checked for:
 * that the lock is known, and the place where it is taken, is enough.
 *
 * Nor has one under locks of which all that can be learned is known
 * (saturated.h).
 *
 * The look takes no lock, writes nothing shared and makes no system call.
 * Includes thread.h. Used by event.c. */
#ifndef LV_KNOWN_H
#define LV_KNOWN_H

#include "thread.h"

/* True, and `ticket` filled, if there is nothing to be checked; else its
 * instance is what was found at `lock`, or NULL, and may have ended. Now and
 * then it says no where there is none, so that what is taken often finds its
 * way into the table. Any context. */
bool lv_known_find(uintptr_t lock, uint32_t how, uintptr_t caller,
                   struct lv_ticket *ticket);

/* Remember a step; under the engine's lock, like lv_thread_learn. */
void lv_known_learn(const struct lv_thread *thread, uint32_t how,
                    uintptr_t caller, const struct lv_ticket *ticket);

/* ---- event.c ------------------------------------------------------------- */

/* Nothing but its life, its class and its family is to be known of this lock,
 * and it may be taken as `how` says with nothing but order to be checked. Any
 * context. */
bool lv_known_plain(const struct lv_thread *thread,
                    struct lv_instance *instance, uint32_t how);

/* That the thread takes this lock is to be noted no more. Any context. */
static inline bool lv_known_noted(const struct lv_thread *thread,
                                  const struct lv_instance *instance)
{
    uint64_t life = atomic_load_explicit(&instance->life, memory_order_relaxed);

    return thread->noted || thread->noted_life[life % LV_NOTED] == life;
}

/* The calling thread's acquisitions are nothing but order: no handler can
 * interrupt it, nobody disturbs its course. And lv_known_find did not say no to
 * have this one learned. */
bool lv_known_undisturbed(const struct lv_thread *thread);

#endif
