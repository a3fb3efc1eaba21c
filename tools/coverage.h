/* SPDX-License-Identifier: BSD-2-Clause */
/* coverage.h: `lockval coverage`: what runs saw, and what they could not see.
 * Includes nothing; used by main.c. */
#ifndef COVERAGE_H
#define COVERAGE_H

int coverage_command(int argc, char **argv);

#endif
