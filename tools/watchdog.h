/* SPDX-License-Identifier: BSD-2-Clause */
/* watchdog.h: tell of a process in which nothing moves.
 * Includes waits.h; used by hang.c. */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <sys/types.h>
#include <time.h>

#include "waits.h"

struct watchdog {
    uint64_t stillness; /* tasks.h's, when last looked */
    time_t since;       /* CLOCK_MONOTONIC: when it became so */
    time_t looked;
    bool told;
};

/* True, once for each standstill: some thread waits, and no thread of the
 * process has run for `seconds`. Looks once a second. */
bool watchdog_barks(struct watchdog *watchdog, pid_t pid,
                    const struct waits *waits, unsigned seconds);

/* Print who waits for what to standard error, with stacks and what each holds.
 * `path`: the record, which stays as it is. */
void watchdog_tell(const char *path, pid_t pid, const struct waits *waits,
                   const struct watchdog *watchdog);

#endif
