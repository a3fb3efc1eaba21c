/* SPDX-License-Identifier: BSD-2-Clause */
/* hang.h: end what has deadlocked. A process whose threads wait for each other
 * for ever writes that to its record, and would hang; `lockval run` ends it, so
 * that a CI job gets its report and not a time-out.
 * Includes directory.h; used by run.c. */
#ifndef HANG_H
#define HANG_H

#include <sys/types.h>

#include "directory.h"

struct hang {
    const char *directory;
    const struct directory_list *before; /* records of earlier runs */
    pid_t ended[16]; /* processes that were ended; the first of them */
    size_t count;
};

/* A child_watch: look through the records of this run. */
void hang_look(void *hang);

/* Was this process ended here? */
bool hang_ended(const struct hang *hang, pid_t pid);

#endif
