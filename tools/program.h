/* SPDX-License-Identifier: BSD-2-Clause */
/* program.h: can the validator be loaded into this program? Asked before it
 * runs, so that the answer is a reason and not an empty report.
 * Includes tool.h; used by run.c. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "tool.h"

/* The file that execvp would run for `name`, in `arena`. NULL: not found, not
 * executable, static, setuid or of another architecture; told in one line. */
const char *program_find(struct tool_arena *arena, const char *name);

#endif
