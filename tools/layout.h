/* SPDX-License-Identifier: BSD-2-Clause */
/* layout.h: where to draw classes and dependencies, as graphviz places them.
 *
 * `dot` runs as a child for some seconds at most; it sees numbers alone, no
 * name. A graph that is too large to read is cut to its cycles and what is
 * next to them. Includes lock_graph.h; used by html_data.c. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "lock_graph.h"

struct layout_node {
    uint32_t class_id;
    double x, y, width, height; /* of its middle, in pixels */
};

struct layout_edge {
    size_t dependency;
    size_t count;
    double (*point)[2]; /* of one Bézier curve: 3 n + 1 of them */
};

struct layout {
    const char *failure; /* why there is none; NULL: it was laid out */
    bool partial;        /* classes were left out */
    double width, height;
    struct layout_node *node;
    size_t node_count;
    struct layout_edge *edge;
    size_t edge_count;
};

/* All memory is the arena's. */
void layout_make(struct layout *layout, struct tool_arena *arena,
                 const struct lock_graph *graph);

#endif
