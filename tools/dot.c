/* SPDX-License-Identifier: BSD-2-Clause */
/* dot.c: the lock graph for graphviz: an arrow from what is held to what is
 * wanted then. What is in a cycle that fails is red, in a hint ochre. */
#include <inttypes.h>

#include "escape.h"
#include "lock_graph.h"
#include "point.h"
#include "render.h"

static const char *const colours[] = {
    [LOCK_PLAIN] = "",
    [LOCK_HINT] = ", color=\"#b07d00\"",
    [LOCK_CYCLE] = ", color=\"#c62828\", penwidth=2",
};

static void print_class(const struct render *render,
                        const struct lock_graph *graph, uint32_t id)
{
    const struct finding_class *class = &render->findings->class[id];
    struct tool_arena arena = {0};
    const struct symbol_frame *frame = point_stack(class->site);

    fprintf(render->out, "  c%" PRIu32 " [label=\"", id);
    escape_dot(render->out, class->name);
    fprintf(render->out, "\", tooltip=\"");
    escape_dot(render->out,
               frame == NULL ? class->name : name_position(&arena, frame));
    fprintf(render->out, "\"%s%s];\n", colours[graph->of_class[id]],
            graph->of_class[id] == LOCK_CYCLE ? ", fontcolor=\"#c62828\"" : "");
    tool_arena_free(&arena);
}

static void print_dependency(const struct render *render,
                             const struct lock_graph *graph, size_t at)
{
    const struct class_dependency *d = &render->findings->dependency[at];

    fprintf(render->out, "  c%" PRIu32 " -> c%" PRIu32 " [tooltip=\"", d->from,
            d->to);
    escape_dot(render->out, render->findings->class[d->from].name);
    fprintf(render->out, " → ");
    escape_dot(render->out, render->findings->class[d->to].name);
    if (d->seen.thread != NULL) {
        fprintf(render->out, ", by ");
        escape_dot(render->out, d->seen.thread);
    }
    fprintf(render->out, "\"%s%s];\n", colours[graph->of_dependency[at]],
            lock_graph_is_weak(d) ? ", style=dashed" : "");
}

void render_dot(const struct render *render)
{
    struct lock_graph graph;
    uint32_t id;
    size_t i;

    lock_graph_make(&graph, render->findings, render->fail_on);
    fprintf(render->out,
            "digraph locks {\n"
            "  // an arrow from what is held to what is wanted then\n"
            "  rankdir=TB;\n"
            "  node [shape=box, style=rounded, fontname=\"sans-serif\", "
            "fontsize=11];\n"
            "  edge [arrowsize=0.7, color=\"#607080\"];\n");
    for (id = 1; id < render->findings->class_count; id++)
        print_class(render, &graph, id);
    for (i = 0; i < render->findings->dependency_count; i++)
        print_dependency(render, &graph, i);
    fprintf(render->out, "}\n");
}
