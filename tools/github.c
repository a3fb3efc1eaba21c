/* SPDX-License-Identifier: BSD-2-Clause */
/* github.c: the report as annotations of a GitHub workflow.
 *
 * GitHub shows ten errors of a step: the worst are annotated, the summary has
 * all of them. Hints are in the summary alone. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "point.h"
#include "render.h"
#include "text.h"
#include "told.h"

/* One of the ten is to say that there are more. A summary may have 1 MiB. */
enum { MOST_SHOWN = 9, MOST_IN_FULL = 50 };

struct github {
    const struct render *render;
    struct tool_arena arena;
    struct point_root root;
    const struct told *told;
    size_t count, failing;
};

/* ---- annotations --------------------------------------------------------- */

static void print_place(struct github *github, const struct finding *finding)
{
    const struct symbol_frame *frame = point_finding(finding);
    FILE *out = github->render->out;
    struct point point;

    if (frame == NULL)
        return;
    point = point_of(&github->root, &github->arena, frame);
    if (point.path == NULL || point.line == 0)
        return;
    fprintf(out, "file=");
    escape_property(out, point.path);
    fprintf(out, ",line=%d,", point.line);
}

/* The innermost place of each side, a line each. */
static const char *sides(struct github *github, const struct told *told)
{
    struct tool_arena *arena = &github->arena;
    const char *text = told->finding->message;
    const char *tried = text_confirmation(arena, told->finding);
    size_t i;

    for (i = 0; i < told->finding->step_count; i++) {
        struct point_nest nest = point_nest(&told->finding->step[i]);

        if (nest.held != NULL)
            text = tool_print(arena, "%s\n%s at %s", text,
                              told_held(arena, told, i),
                              name_position(arena, nest.held));
        if (nest.wanted != NULL)
            text = tool_print(arena, "%s\n%s at %s", text,
                              told_wanted(arena, told, i),
                              name_position(arena, nest.wanted));
    }
    if (tried != NULL)
        text = tool_print(arena, "%s\n%s", text, tried);
    return text;
}

static void annotate(struct github *github, const struct told *told)
{
    FILE *out = github->render->out;

    fprintf(out, "::error ");
    print_place(github, told->finding);
    fprintf(out, "title=");
    escape_property(
        out, tool_print(&github->arena, "lockval: %s", told->finding->kind));
    fprintf(out, "::");
    escape_message(out, sides(github, told));
    fputc('\n', out);
}

static void annotate_all(struct github *github)
{
    size_t i, shown = 0;

    for (i = 0; i < github->count && shown < MOST_SHOWN; i++) {
        if (!finding_fails(github->told[i].finding, github->render->fail_on))
            continue;
        annotate(github, &github->told[i]);
        shown++;
    }
    if (shown < github->failing)
        fprintf(github->render->out,
                "::error title=lockval::%zu more; the summary of this step has "
                "all of them\n",
                github->failing - shown);
}

/* ---- the summary --------------------------------------------------------- */

static void print_row(struct github *github, FILE *out, const struct told *told)
{
    const struct finding *finding = told->finding;
    const char *excuse =
        told_excuse(&github->arena, told, github->render->fail_on);
    size_t i;

    fprintf(out, "| %s | %s | ", excuse == NULL ? "❌" : "–", finding->kind);
    for (i = 0; i < finding->lock_count; i++) {
        fputs(i > 0 ? " → " : "", out);
        escape_markdown(out, finding->lock[i]);
    }
    fprintf(out, " | ");
    escape_markdown(out, excuse != NULL ? excuse : finding->message);
    fprintf(out, " | <code>%s</code> |\n", finding->fingerprint);
}

static void print_full(struct github *github, FILE *out,
                       const struct told *told)
{
    char *text = told_text(told, github->render);

    fprintf(out, "\n<details><summary>%s: ", told->finding->kind);
    escape_markdown(out, told->finding->message);
    fprintf(out, "</summary>\n\n<pre>\n");
    escape_xml(out, text);
    fprintf(out, "</pre>\n\n</details>\n");
    free(text);
}

static void print_summary(struct github *github, FILE *out)
{
    const struct finding_totals *totals = &github->render->findings->totals;
    size_t i, full = 0;

    fprintf(out, "### lockval: %zu %s\n\n", github->failing,
            github->failing == 1 ? "finding fails" : "findings fail");
    if (github->count > 0)
        fprintf(out, "| | kind | locks | | fingerprint |\n|-|-|-|-|-|\n");
    for (i = 0; i < github->count; i++)
        print_row(github, out, &github->told[i]);
    for (i = 0; i < github->count && full < MOST_IN_FULL; i++) {
        if (!finding_fails(github->told[i].finding, github->render->fail_on))
            continue;
        print_full(github, out, &github->told[i]);
        full++;
    }
    fprintf(out,
            "\n%" PRIu64 " processes, %" PRIu64 " threads, %" PRIu64
            " acquisitions, %" PRIu64 " classes, %" PRIu64
            " dependencies, %" PRIu64 " events lost\n\n",
            totals->processes, totals->threads, totals->acquisitions,
            totals->classes, totals->dependencies, totals->lost);
}

static void append_summary(struct github *github)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    FILE *out;

    if (path == NULL || path[0] == '\0')
        return;
    out = fopen(path, "ae");
    if (out == NULL) {
        tool_error("cannot write the summary to %s: %s", path, strerror(errno));
        return;
    }
    print_summary(github, out);
    if (ferror(out) | (fclose(out) != 0))
        tool_error("cannot write the summary to %s", path);
}

void render_github(const struct render *render)
{
    struct github github = {.render = render};
    size_t i;

    point_root(&github.root, &github.arena);
    github.told = told_list(render->findings, &github.arena, &github.count);
    for (i = 0; i < github.count; i++)
        github.failing +=
            finding_fails(github.told[i].finding, render->fail_on);
    annotate_all(&github);
    append_summary(&github);
    tool_arena_free(&github.arena);
}
