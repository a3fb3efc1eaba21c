/* SPDX-License-Identifier: BSD-2-Clause */
/* rounds.h: `lockval run --perturb N`: the program again and again, with small
 * delays at its locks, to see orders that one run does not show.
 * Includes settings.h; used by run.c. */
#ifndef ROUNDS_H
#define ROUNDS_H

#include "settings.h"

/* Rerun the program `argv` with records going to the same directory, each round
 * with a seed of its own; print what each added, and stop when as many rounds
 * in a row as the settings ask for added nothing (or after ten times as many).
 * Rounds belong to the run of `settings`, so its report is about all of them.
 * False: a round could not be made, which was told. */
bool rounds_run(const struct settings *settings, char **argv);

#endif
