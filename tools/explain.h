/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.h: `lockval explain`: a page per kind of finding and per grade.
 * Includes nothing of ours; used by main.c and the forms that carry help. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stddef.h>

struct explain_page {
    const char *name;              /* a kind or a grade of interface.md */
    const char *brief;             /* one line */
    const char *means, *why, *fix; /* paragraphs, blank line between */
};

/* The page of a kind or a grade; NULL: there is none. */
const struct explain_page *explain_find(const char *name);

/* The i-th page; NULL past the last. Kinds come before grades. */
const struct explain_page *explain_page(size_t i);

/* The i-th page of a kind; NULL past the last. */
const struct explain_page *explain_kind(size_t i);

int explain_command(int argc, char **argv);

#endif
