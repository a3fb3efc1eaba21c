/* SPDX-License-Identifier: BSD-2-Clause */
/* hang_across.h: processes that wait for each other for ever, for locks in
 * memory that they share, or on files.
 *
 * A wait for such a lock is made in slices (LV_WAIT_SLICED), or the kernel has
 * the thread in the call that locks the file; and one that says the same as a
 * while ago never ended meanwhile. Whoever else could give a lock
 * back holds it, and says so only where it waits itself: so a circle is all
 * that counts here, of waits that two looks in a row found.
 * Includes waits.h; used by hang.c. */
#ifndef HANG_ACROSS_H
#define HANG_ACROSS_H

#include <sys/types.h>

#include "waits.h"

struct across_wait;

struct across {
    struct across_wait *wait;
    size_t count, room;
    uint64_t suspected; /* what the last look found */
};

/* Begin a look. */
void across_begin(struct across *across);

/* What the threads of process `pid` wait for; `file` is its open record, in the
 * directory `directory`. */
void across_add(struct across *across, const char *directory, int file,
                pid_t pid, const struct waits *waits);

/* True if the last look found the same: then some threads are stuck. */
bool across_close(struct across *across);

/* Once it is true: the processes of the stuck, one or more times each, from
 * `*at` on, which begins with 0; 0: no more. */
pid_t across_next(const struct across *across, size_t *at);

void across_free(struct across *across);

#endif
