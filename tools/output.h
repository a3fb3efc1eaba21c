/* SPDX-License-Identifier: BSD-2-Clause */
/* output.h: where a command writes what it was asked for.
 *
 * What does not arrive is told, and fails the command: a report that is cut off
 * must not pass for a whole one. Includes stdio alone; used by main.c,
 * report.c, diff.c, order_command.c, suppress.c. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* The file `path`, made anew; NULL: standard output. NULL, and told: it cannot
 * be. */
FILE *output_open(const char *path);

/* All of it is there now; a file is closed, a stream (path NULL) is not. False,
 * and told: some of it is not. */
bool output_close(FILE *out, const char *path);

#endif
