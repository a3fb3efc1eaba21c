/* SPDX-License-Identifier: BSD-2-Clause */
/* baseline.h: what is found, held against a database of what is known.
 * Includes findings.h; used by gate.c and run.c. */
#ifndef BASELINE_H
#define BASELINE_H

#include "findings.h"

/* Mark as known what the database at `path` has with the same grade or a worse
 * one. False: told. */
bool baseline_mark(struct findings *findings, const char *path);

#endif
