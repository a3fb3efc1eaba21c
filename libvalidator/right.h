/* SPDX-License-Identifier: BSD-2-Clause */
/* right.h: what a thread may do because of what it holds, and where it lost it.
 *
 * A RIGHT is no lock: nobody waits for it and it is in no order. It belongs to
 * the thread that began it and stands on an ANCHOR, a lock that this thread
 * holds; it ends with the last hold of the anchor, or where that is downgraded
 * if the right is one to write. A right whose anchor is not held (for writing,
 * if the right is) does not begin: what needs it will tell.
 *
 * WATCHED locks are those that an operation named as a role or a right stands
 * on. Their holds carry LV_HELD_WATCHED (held.h), so that each release comes
 * the slow way and its stack can be kept; they are never learned. Programs
 * without operations have none, and pay nothing.
 *
 * Each thread keeps one small table: its live rights, and where it last lost
 * each right and each watched lock; the oldest losses are forgotten first.
 * Slow path, under the engine's lock, unless said otherwise.
 * Includes thread.h. Used by event.c, rule.c, thread.c, annotate.c. */
#ifndef LV_RIGHT_H
#define LV_RIGHT_H

#include "thread.h"

struct lockval_class;

/* A live right, or a loss. */
struct lv_right {
    uintptr_t object;           /* 0: free */
    struct lv_instance *anchor; /* NULL: stands by itself */
    uint64_t life;              /* of the anchor, or of the watched lock */
    uint64_t age;               /* of the loss */
    uint32_t class_id;          /* of the right; 0: a watched lock */
    uint32_t how;               /* mode; of the lock: unused */
    uint32_t begun, lost;       /* stacks; lost 0: not lost, or not known */
    bool live;
};

/* ---- annotations: any context ------------------------------------------- */

/* The calling thread has the right to `object` while it holds `anchor` (0:
 * until it ends it), in the mode of `how`. Beginning again re-anchors it. */
void lv_right_begin(uintptr_t object, const struct lockval_class *cls,
                    uintptr_t anchor, uint32_t how, uintptr_t caller);
void lv_right_end(uintptr_t object, uintptr_t caller);

/* ---- for rule.c and event.c --------------------------------------------- */

/* From now on, losses of `instance` are kept. */
void lv_right_watch(struct lv_thread *thread, struct lv_instance *instance);

/* The class of the right to `object` that the thread has or had; 0: none. */
uint32_t lv_right_class(const struct lv_thread *thread, uintptr_t object);

/* The thread's live right to `object`, or NULL. */
const struct lv_right *lv_right_find(const struct lv_thread *thread,
                                     uintptr_t object);

/* The stack where the thread last lost what it had of `object` (released or
 * downgraded it, or the right ended), and has not had it since; 0: unknown. */
uint32_t lv_right_lost_at(const struct lv_thread *thread, uintptr_t object);

/* The thread let go of one hold of `instance`, or downgraded it, at `stack`. */
void lv_right_anchor_lost(struct lv_thread *thread,
                          struct lv_instance *instance, uint32_t stack);

/* The thread has `instance` again: an old loss says nothing any more. */
void lv_right_anchor_taken(struct lv_thread *thread,
                           const struct lv_instance *instance);

/* Raised whenever the thread's rights change; 0: it has no table. */
uint64_t lv_right_epoch(const struct lv_thread *thread);

/* A key at which the thread did an operation already: a slot of a small
 * direct-mapped cache, the thread's own; NULL: no table. Any context. */
uint64_t *lv_right_known(const struct lv_thread *thread, uint64_t key);

/* Make the thread's table; false: out of memory (counted). */
bool lv_right_table(struct lv_thread *thread);

/* The thread ends. */
void lv_right_drop(struct lv_thread *thread);

#endif
