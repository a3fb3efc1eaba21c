/* SPDX-License-Identifier: BSD-2-Clause */
/* wait.h: blocking for a lock in slices, so that a deadlock is seen.
 *
 * A lock is tried first: a try that succeeds costs what the lock would have
 * cost. One that is taken is waited for by the timed call that goes with it,
 * first a tenth of a second, then longer; between two slices the engine looks
 * for a deadlock (blocked.c). The timed calls wait in the same queues and give
 * the same results; a kind that knows no such call is left to the plain one.
 * Used by mutex.c, c11.c, rwlock.c, spin.c. Includes hooks.h. */
#ifndef LV_WAIT_H
#define LV_WAIT_H

#include <errno.h>
#include <time.h>

#include "hooks.h"

/* Between two looks at a lock. */
static inline void lv_wait_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/* After the last slice of a wait that took more than one. */
static inline void lv_slices_end(unsigned n)
{
    if (n > 0)
        lv_blocked_end();
}

/* When slice `n` of a wait ends, on CLOCK_MONOTONIC: three short ones, which
 * find and confirm a deadlock, then one a second. The coarse clock is the same
 * one, some milliseconds old, and takes a quarter of the time. */
static inline struct timespec lv_slice_end(unsigned n)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &end);
    if (n >= 3) {
        end.tv_sec += 1;
        return end;
    }
    end.tv_nsec += 100000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec += 1;
    }
    return end;
}

#endif
