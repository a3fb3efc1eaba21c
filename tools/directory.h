/* SPDX-License-Identifier: BSD-2-Clause */
/* directory.h: the directory of records: made, checked, listed, cleaned.
 * Includes tool.h; used by model.c and run.c. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "tool.h"

/* Names of the *.lvr files in a directory, sorted. Begin as {0}. */
struct directory_list {
    char **name;
    size_t count, room;
};

/* Add to the list what is there. False: cannot be read; errno says why. */
bool directory_read(struct directory_list *list, const char *path);
void directory_add(struct directory_list *list, const char *name);
bool directory_has(const struct directory_list *list, const char *name);
void directory_free(struct directory_list *list);

/* Make `path` ready to be written to: create it for its owner alone if it is
 * missing; refuse a symbolic link, what is no directory, what another user
 * owns, and what cannot be written. False: one line was told. */
bool directory_prepare(const char *path);

/* Remove the records in it that are ours. */
void directory_clean(const char *path);

#endif
