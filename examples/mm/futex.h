/* SPDX-License-Identifier: BSD-2-Clause */
/* futex.h: how the model's locks and its script wait.
 *
 * System calls only: the validator sees no pthread object in the model, hence
 * only what the model says by annotation. */
#ifndef MM_FUTEX_H
#define MM_FUTEX_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Sleep while *word == expected; may return for no reason. */
void futex_wait(atomic_uint *word, unsigned expected);

/* The same until `deadline` (CLOCK_MONOTONIC) at the latest. */
void futex_wait_until(atomic_uint *word, unsigned expected,
                      const struct timespec *deadline);

/* Wake up to `count` sleepers. The word itself is not touched: its owner may
 * already be gone. */
void futex_wake(atomic_uint *word, int count);

/* Called by futex_wait before it sleeps, if set: the script passes the turn on
 * when the thread whose turn it is blocks. Set before threads start. */
extern void (*futex_before_wait)(void);

/* The caller is about to sleep by other means (liburcu's). */
static inline void futex_will_wait(void)
{
    if (futex_before_wait != NULL)
        futex_before_wait();
}

#endif
