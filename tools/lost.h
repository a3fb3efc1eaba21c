/* SPDX-License-Identifier: BSD-2-Clause */
/* lost.h: what processes could not keep of what they saw, and why.
 * Includes findings.h; used by the commands that decide. */
#ifndef LOST_H
#define LOST_H

#include "findings.h"

/* A line on standard error if events were lost, with the causes where records
 * are at hand (a database keeps the number alone). True: none were. */
bool lost_none(const struct findings *findings);

#endif
