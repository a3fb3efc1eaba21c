/* SPDX-License-Identifier: BSD-2-Clause */
/* lock_graph.c: see lock_graph.h. */
#include "lock_graph.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *left, const void *right, void *context)
{
    const struct findings *findings = context;

    return strcmp(findings->class[*(const uint32_t *)left].name,
                  findings->class[*(const uint32_t *)right].name);
}

uint32_t lock_graph_class(const struct lock_graph *graph, const char *name)
{
    size_t low = 0, high = graph->findings->class_count;

    high -= high > 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t id = graph->by_name[middle];
        int order = strcmp(name, graph->findings->class[id].name);

        if (order == 0)
            return id;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

size_t lock_graph_dependency(const struct lock_graph *graph, uint32_t from,
                             uint32_t to)
{
    const struct findings *findings = graph->findings;
    size_t low = 0, high = findings->dependency_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct class_dependency *d = &findings->dependency[middle];

        if (d->from == from && d->to == to)
            return middle;
        if (d->from > from || (d->from == from && d->to > to))
            high = middle;
        else
            low = middle + 1;
    }
    return findings->dependency_count;
}

static void raise(enum lock_mark *mark, enum lock_mark to)
{
    if (*mark < to)
        *mark = to;
}

static void mark_finding(struct lock_graph *graph,
                         const struct finding *finding, enum lock_mark mark)
{
    size_t i, at;

    for (i = 0; i < finding->step_count; i++) {
        uint32_t from = lock_graph_class(graph, finding->step[i].from);
        uint32_t to = lock_graph_class(graph, finding->step[i].to);

        if (from == 0 || to == 0)
            continue;
        raise(&graph->of_class[from], mark);
        raise(&graph->of_class[to], mark);
        at = lock_graph_dependency(graph, from, to);
        if (at < graph->findings->dependency_count)
            raise(&graph->of_dependency[at], mark);
    }
}

void lock_graph_make(struct lock_graph *graph, struct findings *findings,
                     unsigned fail_on)
{
    size_t i;

    findings_describe(findings);
    graph->findings = findings;
    graph->by_name = tool_take(&findings->arena,
                               (findings->class_count + 1) * sizeof(uint32_t));
    graph->of_class = tool_take(&findings->arena, (findings->class_count + 1) *
                                                      sizeof(*graph->of_class));
    graph->of_dependency =
        tool_take(&findings->arena, (findings->dependency_count + 1) *
                                        sizeof(*graph->of_dependency));
    for (i = 1; i < findings->class_count; i++)
        graph->by_name[i - 1] = (uint32_t)i;
    if (findings->class_count > 2)
        qsort_r(graph->by_name, findings->class_count - 1, sizeof(uint32_t),
                by_name, findings);
    for (i = 0; i < findings->finding_count; i++) {
        const struct finding *finding = &findings->finding[i];

        if (finding->misuse == 0 && finding->rule == NULL)
            mark_finding(graph, finding,
                         finding_fails(finding, fail_on) ? LOCK_CYCLE
                                                         : LOCK_HINT);
    }
}

bool lock_graph_is_weak(const struct class_dependency *dependency)
{
    return dependency->kinds == 1u << LV_DEP_SR;
}
