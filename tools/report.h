/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h: records to a report. Includes findings.h, settings.h; used by run.c
 * and main.c. */
#ifndef REPORT_H
#define REPORT_H

#include "findings.h"
#include "settings.h"

/* Write the report in the form and to the file that `settings` names, or to
 * `otherwise`. False: it could not be written, which was told. */
bool report_write(struct findings *findings, const struct settings *settings,
                  FILE *otherwise);

/* `lockval report` */
int report_command(int argc, char **argv);

#endif
