/* SPDX-License-Identifier: BSD-2-Clause */
/* point.c: see point.h. */
#include "point.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The length of the path up to the directory that has .git; 0: none has. */
static size_t find_top(const char *here)
{
    size_t size = strlen(here);
    char probe[PATH_MAX + 8];

    while (size > 0) {
        snprintf(probe, sizeof(probe), "%.*s/.git", (int)size, here);
        if (access(probe, F_OK) == 0)
            return size;
        while (size > 0 && here[size - 1] != '/')
            size--;
        while (size > 0 && here[size - 1] == '/')
            size--;
    }
    return 0;
}

void point_root(struct point_root *root, struct tool_arena *arena)
{
    char here[PATH_MAX];
    size_t top;

    root->path = "/";
    root->prefix = "";
    if (getcwd(here, sizeof(here)) == NULL || here[0] != '/' || here[1] == '\0')
        return;
    top = find_top(here);
    if (top == 0)
        top = strlen(here);
    root->path = tool_print(arena, "%.*s/", (int)top, here);
    if (here[top] == '/')
        root->prefix = tool_print(arena, "%s/", here + top + 1);
}

static bool climbs(const char *path)
{
    return strncmp(path, "../", 3) == 0 || strstr(path, "/../") != NULL;
}

struct point point_of(const struct point_root *root, struct tool_arena *arena,
                      const struct symbol_frame *frame)
{
    bool line = frame->file[0] != '\0' && frame->line > 0;
    const char *path = line ? frame->file : frame->module;
    size_t size = strlen(root->path);
    struct point point = {.path = path, .line = line ? frame->line : 0};

    if (path[0] == '\0') {
        point.path = NULL;
    } else if (path[0] != '/' && !climbs(path)) {
        point.inside = true;
        point.path = tool_print(arena, "%s%s", root->prefix, path);
    } else if (size > 1 && strncmp(path, root->path, size) == 0 &&
               !climbs(path)) {
        point.inside = true;
        point.path = path + size;
    }
    return point;
}

const struct symbol_frame *point_stack(const struct symbol_stack *stack)
{
    const struct symbol_frame *own = name_own_frame(stack);
    size_t i;

    if (own == NULL || (own->file[0] != '\0' && own->line > 0))
        return own;
    for (i = (size_t)(own - stack->frame); i < stack->count; i++)
        if (stack->frame[i].file[0] != '\0' && stack->frame[i].line > 0 &&
            strcmp(stack->frame[i].module, own->module) == 0)
            return &stack->frame[i];
    return own;
}

static bool same_function(const struct symbol_frame *a,
                          const struct symbol_frame *b)
{
    return a->function[0] != '\0' && !a->near && !b->near &&
           strcmp(a->function, b->function) == 0 &&
           strcmp(a->module, b->module) == 0;
}

static bool has_line(const struct symbol_frame *frame)
{
    return frame->file[0] != '\0' && frame->line > 0;
}

/* From the outermost frames inwards, both are the same calls until one function
 * makes two: the one for the lock that it holds, the other for what is wanted.
 */
struct point_nest point_nest(const struct finding_step *step)
{
    size_t held = step->held_at->count, wanted = step->wanted_at->count;

    while (held > 0 && wanted > 0) {
        const struct symbol_frame *a = &step->held_at->frame[--held];
        const struct symbol_frame *b = &step->wanted_at->frame[--wanted];

        if (!same_function(a, b))
            break;
        if (a->line != b->line && has_line(a) && has_line(b))
            return (struct point_nest){a, b};
    }
    return (struct point_nest){point_stack(step->held_at),
                               point_stack(step->wanted_at)};
}

const struct symbol_frame *point_finding(const struct finding *finding)
{
    size_t i;

    for (i = 0; i < finding->step_count; i++) {
        struct point_nest nest = point_nest(&finding->step[i]);

        if (nest.wanted != NULL || nest.held != NULL)
            return nest.wanted != NULL ? nest.wanted : nest.held;
    }
    return NULL;
}
