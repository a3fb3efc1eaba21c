/* SPDX-License-Identifier: BSD-2-Clause */
/* gate.h: `lockval gate`: the verdict over what many runs recorded. Used by
 * main.c. */
#ifndef GATE_H
#define GATE_H

int gate_command(int argc, char **argv);

#endif
