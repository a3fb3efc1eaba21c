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

/* A handler stands for itself: it runs on the thread that it interrupts, that
 * of the step before. */
static bool is_handler(const struct finding_step *step)
{
    return (step->held_how & LV_HOW_CONTEXT) != 0;
}

static const char *head_of(const struct finding_step *step)
{
    return is_handler(step) ? step->from : step->thread;
}

static const char *interrupted(const struct finding *finding, size_t i)
{
    size_t before = (i == 0 ? finding->step_count : i) - 1;

    return head_of(&finding->step[before]);
}

/* An event is on nobody's hands before it happens. */
static bool takes(const struct finding_step *step)
{
    return !is_handler(step) && step->from_event == NULL;
}

static const char *of(const char *event)
{
    return event == NULL ? "" : event;
}

static size_t least_width(const struct finding *finding)
{
    size_t i, most = 0;

    for (i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->step[i];
        size_t take = strlen("takes ") + width_of(step->from);
        size_t wait = strlen("waits for ") + width_of(of(step->to_event)) +
                      width_of(step->to);
        size_t come = strlen("interrupts ") + width_of(interrupted(finding, i));
        size_t name = width_of(head_of(step));

        most = take > most ? take : most;
        most = wait > most ? wait : most;
        most = name > most ? name : most;
        most = is_handler(step) && come > most ? come : most;
    }
    return most + 2;
}

static void print_cell(FILE *out, size_t column, size_t width, const char *verb,
                       const char *event, const char *text)
{
    fprintf(out, "  %*s%s%s%s\n", (int)(column * width + 4), "", verb,
            of(event), text);
}

const char *columns_title(const struct finding *finding)
{
    if (finding_is_confirmed(finding))
        return "how it happened";
    return strcmp(finding->kind, "deadlock") == 0 ? "how it met"
                                                  : "how it can meet";
}

static void print_heads(FILE *out, const struct finding *finding, size_t width)
{
    size_t i;

    fprintf(out, "\n  %s\n      ", columns_title(finding));
    for (i = 0; i < finding->step_count; i++) {
        const char *thread = head_of(&finding->step[i]);
        size_t pad = i + 1 < finding->step_count ? width - width_of(thread) : 0;

        fprintf(out, "%s%*s", thread, (int)pad, "");
    }
    fputc('\n', out);
}

static void print_lines(FILE *out, const struct finding *finding)
{
    size_t i;

    fprintf(out, "\n  %s\n", columns_title(finding));
    for (i = 0; i < finding->step_count; i++)
        if (takes(&finding->step[i]))
            fprintf(out, "      %s takes %s\n", finding->step[i].thread,
                    finding->step[i].from);
    for (i = 0; i < finding->step_count; i++)
        if (is_handler(&finding->step[i]))
            fprintf(out, "      %s interrupts %s\n", finding->step[i].from,
                    interrupted(finding, i));
    for (i = 0; i < finding->step_count; i++)
        fprintf(out, "      %s waits for %s%s\n", head_of(&finding->step[i]),
                of(finding->step[i].to_event), finding->step[i].to);
}

/* Locks of one class: each is waited for where another like it is held. */
static void print_end(FILE *out, const struct finding *finding)
{
    bool told = false;
    size_t i;

    fputs("      and none of them goes on", out);
    for (i = 0; i < finding->step_count; i++) {
        const char *to = finding->step[i].to;
        const char *from = finding->step[(i + 1) % finding->step_count].from;

        if (!finding_across_locks(finding) || strcmp(to, from) == 0)
            continue;
        fprintf(out, "%s\n        %s and %s",
                told ? "," : ", were these the same:", to, from);
        told = true;
    }
    fputc('\n', out);
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
            if (takes(&finding->step[i]))
                print_cell(out, i, width, "takes ", NULL,
                           finding->step[i].from);
        for (i = 0; i < count; i++)
            if (is_handler(&finding->step[i]))
                print_cell(out, i, width, "interrupts ", NULL,
                           interrupted(finding, i));
        for (i = 0; i < count; i++)
            print_cell(out, i, width, "waits for ", finding->step[i].to_event,
                       finding->step[i].to);
    }
    print_end(out, finding);
}
