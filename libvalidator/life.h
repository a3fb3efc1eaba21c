/* SPDX-License-Identifier: BSD-2-Clause */
/* life.h: when locks begin and end, and which class they are of.
 *
 * The class of a lock, by the first of these that applies: what an annotation
 * declared; its place in a module's data; the path of its init call; its place
 * in a frame of the thread's own stack; the path of its first acquisition.
 * Paths are PATH_FRAMES deep, so that a project's own init wrapper does not
 * make one class of all its locks.
 * Slow path, under the engine's lock. Includes thread.h. */
#ifndef LV_LIFE_H
#define LV_LIFE_H

#include "thread.h"

/* The lock that lives at `lock`; one never seen begins its life now. Uses the
 * stack that was taken into `thread`. NULL: out of memory (counted). */
struct lv_instance *lv_life_find(struct lv_thread *thread, uintptr_t lock,
                                 uint32_t how);

/* Tell and end the locks that the calling thread holds in frames of its own
 * stack that have returned. */
void lv_life_end_left(struct lv_thread *thread);

#endif
