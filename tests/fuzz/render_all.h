/* SPDX-License-Identifier: BSD-2-Clause */
/* render_all.h: findings in each form that shows all of them.
 * Includes option.h, render.h. */
#ifndef RENDER_ALL_H
#define RENDER_ALL_H

#include <stdio.h>
#include <stdlib.h>

#include "option.h"
#include "render.h"

static void render_all(struct findings *findings)
{
    FILE *out = fopen("/dev/null", "w");
    struct render render = {findings, out, LV_FAIL_DEFAULT, true};

    if (out == NULL)
        abort();
    render_text(&render);
    render_json(&render);
    fclose(out);
}

#endif
