/* SPDX-License-Identifier: BSD-2-Clause */
/* outcome.h: a directory for a test's files, and what was said on standard
 * error or rendered into a string. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "findings.h"

/* A fresh directory that is removed when the test's process exits; and
 * `name` inside it. Both live until then. */
const char *scratch(void);
const char *in_scratch(const char *name);

/* Between the two, standard error goes to memory; the text is to be freed. */
void catch_errors(void);
char *caught_errors(void);
unsigned count_lines(const char *text);

/* Read `path` into a fresh model and learn. */
struct model *read_records(const char *path);
void drop_records(struct model *model);

/* Rendered; to be freed. */
char *as_text(struct model *model);
char *as_json(struct model *model);

bool contains(const char *text, const char *part);

#endif
