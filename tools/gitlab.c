/* SPDX-License-Identifier: BSD-2-Clause */
/* gitlab.c: the report as GitLab's code quality JSON. GitLab compares branches
 * itself, so what the baseline knows is listed; what is suppressed is not. */
#include "option.h"
#include "point.h"
#include "render.h"
#include "text.h"
#include "told.h"
#include "value.h"

static const char *severity(const struct finding *finding, unsigned fail_on)
{
    if ((finding->fail & fail_on) == 0)
        return "info";
    if (finding->fail == LV_FAIL_DEADLOCK)
        return "blocker";
    return finding->fail == LV_FAIL_INVERSION ? "critical" : "major";
}

/* A line is required: the first one of a module where none is known. */
static json_t *location(const struct point_root *root, struct tool_arena *arena,
                        const struct finding *finding)
{
    const struct symbol_frame *frame = point_finding(finding);
    struct point point = {0};

    if (frame != NULL)
        point = point_of(root, arena, frame);
    return json_pack("{s:s,s:{s:i}}", "path",
                     point.path != NULL ? point.path : "unknown", "lines",
                     "begin", point.line > 0 ? point.line : 1);
}

static json_t *make_issue(const struct render *render,
                          const struct point_root *root,
                          struct tool_arena *arena,
                          const struct finding *finding)
{
    json_t *issue = value_object();
    const char *tried = text_confirmation(arena, finding);

    value_set_text(issue, "type", "issue");
    value_set_text(issue, "check_name", finding->kind);
    value_set_text(issue, "description",
                   tried == NULL
                       ? finding->message
                       : tool_print(arena, "%s; %s", finding->message, tried));
    value_set_text(issue, "fingerprint", finding->fingerprint);
    value_set_text(issue, "severity", severity(finding, render->fail_on));
    value_set(issue, "categories", json_pack("[s]", "Bug Risk"));
    value_set(issue, "location", location(root, arena, finding));
    return issue;
}

void render_gitlab(const struct render *render)
{
    struct tool_arena arena = {0};
    struct point_root root;
    json_t *list = value_list();
    size_t i, count;
    const struct told *told = told_list(render->findings, &arena, &count);

    point_root(&root, &arena);
    for (i = 0; i < count; i++)
        if (told[i].finding->suppressed_by == NULL)
            value_push(list,
                       make_issue(render, &root, &arena, told[i].finding));
    value_write(list, render->out);
    tool_arena_free(&arena);
}
