/* SPDX-License-Identifier: BSD-2-Clause */
/* suppress.h: findings held against what people decided to live with.
 * Includes findings.h, settings.h, suppress_file.h; used by run.c, report.c and
 * gate.c. */
#ifndef SUPPRESS_H
#define SUPPRESS_H

#include "findings.h"
#include "settings.h"
#include "suppress_file.h"

/* Mark what the entries of the list meet; `today` as 20270131. The first entry
 * that meets a finding is named in it. */
void suppress_apply(struct suppress_list *list, struct findings *findings,
                    unsigned today);

/* One line on standard error for each entry that met nothing, is past its date,
 * or is over-broad: it silences several findings by what many programs share
 * (a function of the C library, `*`). */
void suppress_tell(const struct suppress_list *list, unsigned today);

/* Write an entry for each finding that fails, by its fingerprint, with what it
 * is about as a comment and the reason left for a person to say. */
void suppress_generate(const struct findings *findings, unsigned fail_on,
                       FILE *out);

/* All of it, as the settings ask: the file that they name and, unless they say
 * no, the patterns of well-known libraries that are known to be safe; then the
 * entries that --gen-suppressions asks for. `list` holds what is referred to:
 * free it after the findings. `tell`: also say what is unused. False: a file
 * was no good, which was told. */
bool suppress_settings(struct suppress_list *list, struct findings *findings,
                       const struct settings *settings, bool tell);

#endif
