/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict.h: threads that are stuck, as an entry of the record.
 * Includes waits.h; used by hang.c and watchdog.c. */
#ifndef VERDICT_H
#define VERDICT_H

#include "waits.h"

/* After waits_close, not 0: the shortest that explains it. Threads that wait in
 * a circle for locks: LV_REC_DEADLOCK; with other waits among them:
 * LV_REC_HANG. NULL: one thread that waits for itself, of which the process
 * told before it did. The caller frees. */
void *verdict_make(const struct waits *waits);

/* All that wait, stuck or not, as an LV_REC_HANG. */
void *verdict_all(const struct waits *waits);

#endif
