/* SPDX-License-Identifier: BSD-2-Clause */
/* merge.h: `lockval merge`: the union of what runs recorded, in a database.
 * Includes settings.h, store.h; used by main.c and input.c. */
#ifndef MERGE_H
#define MERGE_H

#include "settings.h"
#include "store.h"

struct merge_count {
    size_t added, known; /* runs */
};

/* Add records, directories of records and databases to `store`: process by
 * process with what it forked, so that memory is bounded by the largest. One
 * that is damaged is left out. False: some were, or it failed; told. */
bool merge_into(struct store *store, const struct settings *settings, int count,
                char **path, struct merge_count *counted);

/* `lockval merge` */
int merge_command(int argc, char **argv);

#endif
