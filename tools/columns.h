/* SPDX-License-Identifier: BSD-2-Clause */
/* columns.h: how the threads of a cycle meet, one column for each, time
 * downwards, as the kernel's lockdep draws it. Beyond three threads, lines.
 * Includes findings.h; used by html_data.c, text.c. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "findings.h"

/* What stands above them: how it can meet, met, or happened in a rerun. */
const char *columns_title(const struct finding *finding);

void columns_print(FILE *out, const struct finding *finding);

#endif
