/* SPDX-License-Identifier: BSD-2-Clause */
/* columns.c: see columns.h. */
#include "columns.h"

#include <string.h>

enum { WIDE = 72, MOST = 3 };

/* Characters, not bytes, so that UTF-8 names stay in their column. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

static size_t least_width(const struct finding *finding)
{
    size_t i, most = 0;

    for (i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->step[i];
        size_t take = strlen("takes ") + width_of(step->from);
        size_t wait = strlen("waits for ") + width_of(step->to);
        size_t name = width_of(step->thread);

        most = take > most ? take : most;
        most = wait > most ? wait : most;
        most = name > most ? name : most;
    }
    return most + 2;
}

static void print_cell(FILE *out, size_t column, size_t width, const char *verb,
                       const char *text)
{
    fprintf(out, "  %*s%s%s\n", (int)(column * width + 4), "", verb, text);
}

static const char *title(const struct finding *finding)
{
    return strcmp(finding->kind, "deadlock") == 0 ? "how it met"
                                                  : "how it can meet";
}

static void print_heads(FILE *out, const struct finding *finding, size_t width)
{
    size_t i;

    fprintf(out, "\n  %s\n      ", title(finding));
    for (i = 0; i < finding->step_count; i++) {
        const char *thread = finding->step[i].thread;
        size_t pad = i + 1 < finding->step_count ? width - width_of(thread) : 0;

        fprintf(out, "%s%*s", thread, (int)pad, "");
    }
    fputc('\n', out);
}

static void print_lines(FILE *out, const struct finding *finding)
{
    size_t i;

    fprintf(out, "\n  %s\n", title(finding));
    for (i = 0; i < finding->step_count; i++)
        fprintf(out, "      %s takes %s\n", finding->step[i].thread,
                finding->step[i].from);
    for (i = 0; i < finding->step_count; i++)
        fprintf(out, "      %s waits for %s\n", finding->step[i].thread,
                finding->step[i].to);
}

void columns_print(FILE *out, const struct finding *finding)
{
    size_t width = least_width(finding), count = finding->step_count, i;

    if (count < 2)
        return;
    if (count > MOST || width * count > WIDE) {
        print_lines(out, finding);
    } else {
        print_heads(out, finding, width);
        for (i = 0; i < count; i++)
            print_cell(out, i, width, "takes ", finding->step[i].from);
        for (i = 0; i < count; i++)
            print_cell(out, i, width, "waits for ", finding->step[i].to);
    }
    fprintf(out, "      and none of them goes on\n");
}
