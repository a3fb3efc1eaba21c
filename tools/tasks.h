/* SPDX-License-Identifier: BSD-2-Clause */
/* tasks.h: is it so? What the kernel says of threads that say that they wait.
 *
 * A thread may have left its wait by a jump, or be about to wake up: it is
 * believed when the kernel has it asleep on a futex inside the very object, for
 * as long as it takes; or in a call that locks a file. What cannot be read is
 * not believed. Includes waits.h; used by hang.c and hang_across.c. */
#ifndef TASKS_H
#define TASKS_H

#include <sys/types.h>

#include "waits.h"

/* Drop from `waits` who does not sleep there. A thread that was signalled and
 * takes its mutex back waits for that lock from then on. `*all`: these are all
 * threads of the process, and no handler of a signal could do what one of them
 * waits for. */
void tasks_check(pid_t pid, struct waits *waits, bool *all);

/* The same of one wait: is it so? */
bool tasks_check_one(pid_t pid, struct lv_rec_wait *said);

/* How many threads the process has, 0: cannot be read. A main thread that
 * ended before the others counts. */
size_t tasks_count(pid_t pid);

/* Did it end, but for who waits for it? */
bool tasks_ended(pid_t pid);

/* A number that changes whenever a thread of the process ran, but for those
 * that wait in slices. 0: one runs now, or it cannot be read. */
uint64_t tasks_stillness(pid_t pid, const struct waits *waits);

#endif
