/* SPDX-License-Identifier: BSD-2-Clause */
/* lost.c: see lost.h. */
#include "lost.h"

#include <inttypes.h>

static const char *const causes[LV_LOST_KINDS] = {
    [LV_LOST_MEMORY] = "memory ran out",
    [LV_LOST_RECORD] = ("a record could not be made or grow (disk, limits, "
                        "rights)"),
    [LV_LOST_STACK] = "a stack could not be kept",
    [LV_LOST_LIMIT] = "an id ran over",
    [LV_LOST_MUTE] = "a thread may make no system call (seccomp)",
};

static bool has(const struct model *model, size_t cause)
{
    size_t i;

    for (i = 0; i < model->process_count; i++)
        if (model->process[i].lost[cause] > 0)
            return true;
    return false;
}

static const char *list(struct tool_arena *arena, const struct model *model)
{
    const char *text = "";
    size_t i;

    for (i = 0; i < LV_LOST_KINDS; i++)
        if (causes[i] != NULL && has(model, i))
            text =
                tool_print(arena, "%s%s%s", text,
                           text[0] == '\0' ? ", as " : ", and as ", causes[i]);
    return text;
}

bool lost_none(const struct findings *findings)
{
    struct tool_arena arena = {0};

    if (findings->totals.lost == 0)
        return true;
    tool_error("%" PRIu64 " events were lost%s: the result is not complete",
               findings->totals.lost,
               findings->model == NULL ? "" : list(&arena, findings->model));
    tool_arena_free(&arena);
    return false;
}
