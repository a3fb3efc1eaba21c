/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario.h: what `mm list` lists and `mm run` runs.
 *
 * One file per seed document defines its table; scenario.c names the tables. */
#ifndef MM_SCENARIO_H
#define MM_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "variant.h"

struct scenario {
    const char *name;
    bool bug;             /* must be reported; else must be silent */
    const char *expected; /* words for `mm list`, separated by spaces:
                             inversion:A>B>C  the cycle A -> B -> C -> A
                             proved:A         every raw write of A is sound
                             refuted:A        one of them is not
                             KIND:A           a finding of that kind about A
                             KIND:R9:A        …that breaks that rule */
    struct variant variant;
    /* Runs it in a fresh pool; false: an invariant did not hold, which has
     * been said on standard error. */
    bool (*run)(void);
};

struct scenario_table {
    const struct scenario *scenario;
    size_t count;
};

extern const struct scenario_table s0_scenarios;
extern const struct scenario_table s0_bug_scenarios;
extern const struct scenario_table s0_rule_scenarios;
extern const struct scenario_table s1_scenarios;
extern const struct scenario_table s1_write_scenarios;
extern const struct scenario_table s1_wait_scenarios;
extern const struct scenario_table s3_scenarios;
extern const struct scenario_table s2_scenarios;
extern const struct scenario_table s4_scenarios;

/* All of them, in the order in which they are listed; NULL: the first, the
 * end. */
const struct scenario *scenario_next(const struct scenario *previous);

/* The rule profile of the kernel that the scenario runs on. */
const char *scenario_profile(const struct scenario *scenario);

/* NULL if there is none. */
const struct scenario *scenario_find(const char *name);
/* The name that is fewest edits away. */
const char *scenario_nearest(const char *name);

#endif
