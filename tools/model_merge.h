/* SPDX-License-Identifier: BSD-2-Clause */
/* model_merge.h: what processes share is one. Used by model.c alone.
 *
 * A lock in shared memory, or on a file, has an instance for each process that
 * took it. Here they become one, and the families that share one become one:
 * their threads and locks stay apart but for that. Of a lock that a file has
 * (flock, fcntl), a hold and a wait carry the number of their owner: what has
 * the same never waits for itself (LV_HOW_OWNER_SHIFT). Ranges of a file that
 * overlap are cut into pieces that do not; a range is taken piece by piece.
 *
 * A place at which one process made several locks one after the other, as a
 * pool in shared memory does, says nothing of which was whose: those stay
 * apart. Includes model.h. */
#ifndef MODEL_MERGE_H
#define MODEL_MERGE_H

#include "model.h"

/* After the last record: merge; then add what forks and waits for children tell
 * of the order of threads. */
void model_merge(struct model *model);

#endif
