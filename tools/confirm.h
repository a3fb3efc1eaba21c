/* SPDX-License-Identifier: BSD-2-Clause */
/* confirm.h: rerun a program with its threads steered into a reported cycle,
 * and tell whether it deadlocked. Never more than that: what could not be
 * brought about is not thereby impossible.
 * Includes findings.h; used by main.c, run.c. */
#ifndef CONFIRM_H
#define CONFIRM_H

#include "findings.h"
#include "settings.h"

/* Try each finding that fails, or all there are, with the program and its
 * arguments `argv`, and keep the results with `path`, where they came from
 * (confirmed.h). A finding that hung is told with the
 * interleaving as it happened, in the place of its prediction; the others get
 * the reason why not. Progress and nothing else goes to standard error; the
 * program's own streams are closed off. False: a rerun could not be made, which
 * was told. */
bool confirm_findings(struct findings *findings,
                      const struct settings *settings, bool all,
                      const char *path, char **argv);

/* `lockval confirm` */
int confirm_command(int argc, char **argv);

#endif
