/* SPDX-License-Identifier: BSD-2-Clause */
/* scenario.c: see scenario.h. Stands for no kernel code. */
#include "scenario.h"

#include <stdint.h>
#include <string.h>

struct variant variant;

static const struct scenario_table *const scenario_tables[] = {
    &s0_scenarios, &s0_bug_scenarios,  &s0_rule_scenarios,
    &s1_scenarios, &s1_wait_scenarios, &s1_write_scenarios,
    &s3_scenarios, &s2_scenarios,      &s4_scenarios,
    NULL,
};

const struct scenario *scenario_next(const struct scenario *previous)
{
    bool found = previous == NULL;

    for (size_t t = 0; scenario_tables[t] != NULL; t++) {
        const struct scenario_table *table = scenario_tables[t];

        for (size_t i = 0; i < table->count; i++) {
            if (found)
                return &table->scenario[i];
            found = &table->scenario[i] == previous;
        }
    }
    return NULL;
}

const char *scenario_profile(const struct scenario *scenario)
{
    static const char *const names[] = {
        [ERA_2019_SPF] = "2019-spf",
        [ERA_2021] = "2021",
        [ERA_CURRENT] = "current",
    };

    return names[scenario->variant.era];
}

const struct scenario *scenario_find(const char *name)
{
    const struct scenario *at = NULL;

    while ((at = scenario_next(at)) != NULL)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

#define NAME_MAX_EDIT 64

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance; only the first NAME_MAX_EDIT bytes of `b` count. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_EDIT + 1], columns = strnlen(b, NAME_MAX_EDIT);

    for (size_t i = 0; i <= columns; i++)
        row[i] = i;
    for (size_t line = 1; *a != '\0'; a++, line++) {
        size_t diagonal = row[0];

        row[0] = line;
        for (size_t i = 1; i <= columns; i++) {
            size_t above = row[i];

            row[i] =
                min3(above + 1, row[i - 1] + 1, diagonal + (*a != b[i - 1]));
            diagonal = above;
        }
    }
    return row[columns];
}

const char *scenario_nearest(const char *name)
{
    const struct scenario *at = NULL;
    const char *nearest = NULL;
    size_t least = SIZE_MAX;

    while ((at = scenario_next(at)) != NULL) {
        size_t edits = distance(at->name, name);

        /* A name that was cut short is nearer than one of equal length. */
        if (*name != '\0' && strncmp(at->name, name, strlen(name)) == 0)
            edits = 0;
        if (edits < least) {
            least = edits;
            nearest = at->name;
        }
    }
    return nearest;
}
