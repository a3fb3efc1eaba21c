/* SPDX-License-Identifier: BSD-2-Clause */
/* lock_graph.h: classes and dependencies as a graph to draw, and what of it is
 * in a cycle. Includes findings.h; used by dot.c and html.c. */
#ifndef LOCK_GRAPH_H
#define LOCK_GRAPH_H

#include "findings.h"

enum lock_mark {
    LOCK_PLAIN,
    LOCK_HINT,  /* in a cycle that does not fail */
    LOCK_CYCLE, /* in one that fails */
};

struct lock_graph {
    const struct findings *findings;
    uint32_t *by_name;                        /* class ids, sorted by name */
    enum lock_mark *of_class, *of_dependency; /* by index */
};

/* Describes the findings, whose arena keeps it all. */
void lock_graph_make(struct lock_graph *graph, struct findings *findings,
                     unsigned fail_on);

/* The class of this name, 0: none. */
uint32_t lock_graph_class(const struct lock_graph *graph, const char *name);

/* The index of a dependency, or dependency_count. */
size_t lock_graph_dependency(const struct lock_graph *graph, uint32_t from,
                             uint32_t to);

/* A dependency that is only for recursive readers orders less: dashed. */
bool lock_graph_is_weak(const struct class_dependency *dependency);

#endif
