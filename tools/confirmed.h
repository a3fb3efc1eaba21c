/* SPDX-License-Identifier: BSD-2-Clause */
/* confirmed.h: what reruns showed of findings, kept beside what they are of.
 *
 * A database keeps it itself; a directory of records has a small one for it, by
 * the name CONFIRMED, which merging takes along. What is confirmed stays so,
 * whatever later reruns showed.
 * Includes findings.h; used by confirm.c, input.c, merge.c, run.c. */
#ifndef CONFIRMED_H
#define CONFIRMED_H

#include "findings.h"

#define CONFIRMED "confirmed.db"

/* Keep what `finding` says of its reruns with `path`: a record, a directory of
 * records or a database. False: told. */
bool confirmed_keep(const char *path, const struct finding *finding);

/* Tell it of the findings that came from `path`, which is no database. */
void confirmed_tell(const char *path, struct findings *findings);

/* The database of a directory or record; NULL: it has none. */
char *confirmed_of(struct tool_arena *arena, const char *path);

#endif
