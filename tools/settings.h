/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.h: options of a subcommand, from lockval.conf, the environment and
 * its arguments, in this order, so that the last wins.
 * Includes option.h, tool.h; used by run.c and report.c. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "option.h"
#include "tool.h"

struct settings {
    struct lv_options options;
    const char *output;   /* -o: file of the report, NULL: none given */
    const char *order;    /* --order: a declared order, NULL: none given */
    const char *generate; /* --gen-suppressions: file, "-", NULL: none given */
    bool record_given;    /* by any of the three */
    bool help;
};

enum settings_found { SETTINGS_READ, SETTINGS_HELPED, SETTINGS_WRONG };

/* Read lockval.conf (in the working directory, or the nearest above it up to
 * the top of its git repository) and LOCKVAL_OPTIONS (mistakes there are
 * warnings), then flags from argv[0] on, up to "--" (which is passed), and with
 * `stop` set up to the first word that is no flag. `*at` is then the first word
 * not read; without `stop`, words that are no flags are moved together to the
 * front of argv, and `*at` is their number. `keys` ends in NULL: the keys that
 * this subcommand takes. SETTINGS_HELPED: `help` was asked for, and printed.
 * SETTINGS_WRONG: a mistake was told in one line. */
enum settings_found settings_read(struct settings *settings, int argc,
                                  char **argv, int *at, bool stop,
                                  const char *const *keys, const char *help);

/* The subcommand's status where settings_read did not say SETTINGS_READ. */
static inline int settings_status(enum settings_found found)
{
    return found == SETTINGS_HELPED ? TOOL_OK : TOOL_FAILED;
}

#endif
