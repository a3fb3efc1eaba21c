/* SPDX-License-Identifier: BSD-2-Clause */
/* input.h: what PATH… of a subcommand means: records, directories of them,
 * databases, or any of these together.
 *
 * Records alone are judged as they are; where a database is among them, all is
 * united first. Circles across runs are found in either case.
 * Includes findings.h, settings.h; used by report.c, gate.c, diff.c and
 * order_command.c. */
#ifndef INPUT_H
#define INPUT_H

#include "findings.h"
#include "rules.h"
#include "settings.h"
#include "suppress.h"

struct input {
    struct findings *findings; /* NULL: nothing could be had */
    bool good;                 /* false: not all; it was told */
    struct model model;
    struct rule_set rules;
    struct store *store;
    struct suppress_list suppressions; /* for the caller to fill */
};

/* Always to be closed. */
void input_open(struct input *input, const struct settings *settings, int count,
                char **path);
void input_close(struct input *input);

/* Are the findings all there is to find? False: something was lost or no lock
 * was taken, and it was told. */
bool input_complete(const struct findings *findings);

#endif
