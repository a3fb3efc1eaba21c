/* SPDX-License-Identifier: BSD-2-Clause */
/* refused.h: a record in the place of one that a program did not write.
 * Includes settings.h; used by run.c. */
#ifndef REFUSED_H
#define REFUSED_H

#include <sys/types.h>

#include "settings.h"

/* Write into the record directory that the library did not come to life in
 * process `pid`, so that a gate over the directory knows. Told if it fails. */
void refused_write(const struct settings *settings, char **argv, pid_t pid);

#endif
