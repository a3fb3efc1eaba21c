/* SPDX-License-Identifier: BSD-2-Clause */
/* source.h: what the program's own source calls a lock.
 *
 * Where a lock was made or taken is known by file and line; if the file can be
 * read, the call there says `&cache->lock`, the best name there is. This reads
 * text, it does not parse C: anything unclear gives NULL.
 * Includes tool.h; used by name.c. */
#ifndef SOURCE_H
#define SOURCE_H

#include "tool.h"

struct sources;

struct sources *sources_new(void);
void sources_free(struct sources *sources);

/* The lock that the call of an init function at this line is about. */
const char *source_init(struct sources *sources, const char *file, int line);

/* The lock that is taken at this line: `lock(&x)`, `x.lock()`, guards. */
const char *source_lock(struct sources *sources, const char *file, int line);

/* The lock as a caller of `function`, itself a wrapper, names it: the left side
 * of `x = function(…)`, or the first argument. */
const char *source_call(struct sources *sources, const char *file, int line,
                        const char *function);

#endif
