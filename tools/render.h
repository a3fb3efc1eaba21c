/* SPDX-License-Identifier: BSD-2-Clause */
/* render.h: findings in one of the forms of --format.
 *
 * A form is one file with one function. Includes findings.h; used by report.c
 * and run.c. */
#ifndef RENDER_H
#define RENDER_H

#include "findings.h"

struct render {
    struct findings *findings;
    FILE *out;
    unsigned fail_on; /* LV_FAIL_*: the rest is told as hints */
    bool colour;
};

/* Whole sentences for people. */
void render_text(const struct render *render);

/* interface.md's JSON, version 1. */
void render_json(const struct render *render);

#endif
