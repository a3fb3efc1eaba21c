/* SPDX-License-Identifier: BSD-2-Clause */
/* record_append.h: add to the record of a process that is dead.
 * Includes tool.h; used by hang.c and watchdog.c. */
#ifndef RECORD_APPEND_H
#define RECORD_APPEND_H

#include "tool.h"

/* Put `entry`, a whole one with its head, behind the last entry of the record
 * at `path`. Nobody else may write to it. False: that did not work. */
bool record_append(const char *path, const void *entry);

#endif
