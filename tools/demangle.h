/* SPDX-License-Identifier: BSD-2-Clause */
/* demangle.h: the names of functions as people write them.
 * Includes tool.h; used by symbols.c. */
#ifndef DEMANGLE_H
#define DEMANGLE_H

#include "tool.h"

/* C++ names demangled and without their parameters, and what a compiler or a
 * linker adds (`.constprop.0`, `@@GLIBC_2.34`) taken off. Clean; in `arena`. */
char *demangle_function(struct tool_arena *arena, const char *symbol);

#endif
