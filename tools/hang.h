/* SPDX-License-Identifier: BSD-2-Clause */
/* hang.h: end what has deadlocked, so that a CI job gets its report and not a
 * time-out.
 *
 * Two ways to know. A process whose threads wait in a circle for locks finds
 * that out itself, and counts it in its record's header. All else is found from
 * here, since nobody in the process may be left to look: what its threads say
 * that they wait for (waits.h) is held against the kernel's word (tasks.h), and
 * believed when two looks in a row find the same threads in the same waits. It
 * is then written to the record, as if the process had done so. Processes that
 * wait for each other (hang_across.h) are ended; the orders that led there are
 * in their records.
 *
 * With `watchdog` seconds: a process in which nothing moved for so long, though
 * it may be no deadlock, is told with all its waits, once for each standstill.
 * Includes directory.h, hang_across.h, option.h; used by run.c. */
#ifndef HANG_H
#define HANG_H

#include <sys/types.h>

#include "directory.h"
#include "hang_across.h"
#include "option.h"

struct hang_watch;
struct hang_verdict;

struct hang {
    const char *directory;
    const struct directory_list *before; /* records of earlier runs */
    const struct lv_options *options;    /* on_deadlock, watchdog, run */
    pid_t ended[16]; /* processes that were ended; the first of them */
    size_t count;
    bool stood_still; /* one was ended for the watchdog's sake */
    struct hang_watch *watch;
    size_t watch_count, watch_room;
    struct hang_verdict *verdict;
    size_t verdict_count, verdict_room;
    struct across across;
};

/* A child_watch: look through the records of this run. */
void hang_look(void *hang);

/* After the child's end: write what was found to the records. */
void hang_write(struct hang *hang);
void hang_free(struct hang *hang);

/* Was this process ended here? */
bool hang_ended(const struct hang *hang, pid_t pid);

#endif
