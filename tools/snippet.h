/* SPDX-License-Identifier: BSD-2-Clause */
/* snippet.h: a few lines of source around one, for a report to show.
 *
 * Paths come from records, which may come from anywhere: only regular files
 * with the ending of a source file are read, none above 4 MiB.
 * Includes tool.h; used by html_data.c. */
#ifndef SNIPPET_H
#define SNIPPET_H

#include "tool.h"

struct snippets;

struct snippet {
    int first; /* the number of the first line; 0: there is nothing */
    size_t count;
    const char **line; /* clean, tabs expanded, cut at 200 bytes */
};

struct snippets *snippets_new(void);
void snippets_free(struct snippets *snippets);

/* `line` and two above and below it, as far as they are there. Lives as long
 * as `snippets`. */
struct snippet snippet_read(struct snippets *snippets, const char *path,
                            int line);

#endif
