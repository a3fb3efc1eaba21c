/* SPDX-License-Identifier: BSD-2-Clause */
/* run.h: the subcommand `run`. Used by main.c. */
#ifndef RUN_H
#define RUN_H

/* argv begins behind "run". Returns the exit status. */
int run_command(int argc, char **argv);

#endif
