/* SPDX-License-Identifier: BSD-2-Clause */
/* diff.h: `lockval diff`: what a change made new. Used by main.c. */
#ifndef DIFF_H
#define DIFF_H

int diff_command(int argc, char **argv);

#endif
