/* SPDX-License-Identifier: BSD-2-Clause */
/* child.h: run the program and wait for it. Includes tool.h; used by run.c. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include "tool.h"

/* Called four times a second while the program runs. */
typedef void child_watch(void *context);

/* Run `path` with argv and this environment. While it runs, a terminal's
 * signals are left to it, and SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are passed
 * on. Returns its wait status and sets `*pid`; -1: it could not be started,
 * which was told. */
int child_run(const char *path, char **argv, pid_t *pid, child_watch *watch,
              void *context);

#endif
