/* SPDX-License-Identifier: BSD-2-Clause */
/* preload.h: where libvalidator.so is. Includes tool.h; used by run.c, main.c.
 */
#ifndef PRELOAD_H
#define PRELOAD_H

#include "tool.h"

/* Its absolute path: beside this command in a build tree, or where it was
 * installed. NULL: not found, which was told. In `arena`. */
const char *preload_find(struct tool_arena *arena);

/* `lockval preload` */
int preload_command(int argc, char **argv);

#endif
