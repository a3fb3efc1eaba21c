/* SPDX-License-Identifier: BSD-2-Clause */
/* perturb.h: small delays before locks, to make threads meet that did not.
 *
 * `lockval run --perturb` runs the program again with other seeds. Whether and
 * how long a thread is delayed follows from the seed, the thread's number and
 * how many delays it had, so a seed can be tried again; what the scheduler does
 * with it is its own. The idea is ConTest's noise (Edelstein et al., 2002).
 * Slow path; includes thread.h; used by event.c, engine.c. */
#ifndef LV_PERTURB_H
#define LV_PERTURB_H

#include "thread.h"

extern uint32_t lv_perturbing __attribute__((visibility("hidden")));

/* `seed` 0: no delays. From the constructor. */
void lv_perturb_start(uint32_t seed);

/* Perhaps a delay, of a millisecond at most, and where threads are steered of
 * more before a thread's first. Without the engine's lock. */
void lv_perturb(const struct lv_thread *thread);

#endif
