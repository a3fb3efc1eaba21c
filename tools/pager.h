/* SPDX-License-Identifier: BSD-2-Clause */
/* pager.h: a long report at a terminal goes through the reader's pager.
 *
 * $LOCKVAL_PAGER, else $PAGER, else less, which shows what fits on the screen
 * and ends by itself; empty or "cat": none. Includes stdio alone; used by
 * report.c. */
#ifndef PAGER_H
#define PAGER_H

#include <stdio.h>

/* A stream into the pager, where standard output is a terminal and there is
 * one; else stdout itself. Close it with pager_close. */
FILE *pager_open(void);

/* Waits until the reader has done. Does nothing for stdout. */
void pager_close(FILE *out);

#endif
