/* SPDX-License-Identifier: BSD-2-Clause */
/* transition.h: what a thread has learned, and how much it has room for.
 *
 * The table of held.h begins small. It grows while steps are thrown out of it,
 * up to what fits a core's own cache; from there on only where steps that were
 * thrown out are wanted again, which a larger one would have kept: of those
 * thrown out last a few bits are remembered (ghost entries, after Megiddo and
 * Modha, ARC, FAST 2003). A server that works on some thousand objects, each
 * with a lock, finds all of its steps then; a program that passes over a
 * million of them once has a small table to miss.
 *
 * A lock in a stack frame lives as long as its frame, which nobody tells: its
 * steps hold the word where the frame keeps its return address as well, and are
 * looked up by lv_transition_framed, at the end of the fast path.
 *
 * Slow path, under the engine's lock, by the thread itself but for _end.
 * Includes thread.h. Used by thread.c, event.c, await.c. */
#ifndef LV_TRANSITION_H
#define LV_TRANSITION_H

#include "thread.h"

/* What everything misses in. */
extern struct lv_transition_set lv_transition_none;

/* The first table of a thread. False: no memory. */
bool lv_transitions_begin(struct lv_thread *thread);

/* Its tables are given back. */
void lv_transitions_end(struct lv_thread *thread);

/* The step, of a lock in a frame; like lv_transition_find. Any context. */
bool lv_transition_framed(uintptr_t lock, uint32_t how, uintptr_t caller,
                          struct lv_ticket *ticket);

/* Remember a step: with what is held, `ticket` was taken from `caller`. The
 * table is no longer masked. */
void lv_thread_learn(struct lv_thread *thread, uint32_t how, uintptr_t caller,
                     const struct lv_ticket *ticket);

/* Forget the thread's known steps: each misses once more. */
void lv_thread_unlearn(struct lv_thread *thread);

/* Make every acquisition miss until the next learn or lv_thread_unmask. */
void lv_thread_mask(struct lv_thread *thread);
void lv_thread_unmask(struct lv_thread *thread);

#endif
