/* SPDX-License-Identifier: BSD-2-Clause */
/* graph_internal.h: what graph.c (nodes and edges), graph_order.c (components
 * and their order) and graph_search.c (strong cycles) share; nobody else
 * includes it. Includes graph.h, table.h. */
#ifndef LV_GRAPH_INTERNAL_H
#define LV_GRAPH_INTERNAL_H

#include "graph.h"
#include "table.h"

#define NONE LV_GRAPH_NONE

/* A node with so few edges out has them looked through; those of others are in
 * the index. */
#define SHORT 8u

/* A component is named by one of its nodes, its leader. label, before, after
 * and size are the component's: they count in leaders alone. */
struct node {
    uint64_t id;            /* key, must be first; 32 bits used */
    uint64_t label;         /* grows along the list of components */
    uint32_t before, after; /* that list; free nodes: after links them */
    uint32_t leader;
    uint32_t size;
    uint32_t ring_before, ring_after; /* the component's nodes */
    uint32_t out, in;                 /* first edge each way */
    uint32_t mark;                    /* search number << 2 | mark bits */
    uint32_t depth;                   /* a search's own */
    uint32_t out_count;
    uint64_t heads; /* a bit for each edge out, by its head: none, no edge */
};

struct edge {
    uint64_t key; /* from << 32 | to, node indices; must be first */
    uint32_t out_before, out_after;
    uint32_t in_before, in_after; /* free edges: in_after links them */
    uint64_t kinds : 4;           /* 0: free */
    uint64_t value : 60;          /* the caller's */
};
_Static_assert(sizeof(struct edge) == 32, "an edge has grown");

/* Entry of a breadth-first search. */
struct visit {
    uint32_t node;
    uint32_t edge; /* by which it was entered */
    uint32_t kind;
    uint32_t parent;
};

struct lv_graph {
    struct node *node;
    struct edge *edge;
    struct lv_table node_index, edge_index;
    uint32_t node_end, node_room, node_free, node_count;
    uint32_t edge_end, edge_room, edge_free, edge_count;
    uint32_t first, last; /* of the list of components */
    uint32_t search;      /* number of the current search */
    uint64_t effort;      /* edges that searches looked at */
    uint32_t *forward, *backward;
    uint32_t forward_room, backward_room;
    struct visit *queue;
    uint32_t queue_room;
    struct lv_graph_step *path;
    uint32_t path_room;
};

#define MARK_BITS 2

static inline uint32_t edge_from(const struct edge *edge)
{
    return (uint32_t)(edge->key >> 32);
}

static inline uint32_t edge_to(const struct edge *edge)
{
    return (uint32_t)edge->key;
}

/* Mark bits of a node in the current search. */
static inline uint32_t marks(const struct lv_graph *graph, uint32_t n)
{
    uint32_t mark = graph->node[n].mark;

    return mark >> MARK_BITS == graph->search ? mark & 3u : 0;
}

static inline void mark(struct lv_graph *graph, uint32_t n, uint32_t bits)
{
    graph->node[n].mark = graph->search << MARK_BITS | bits | marks(graph, n);
}

/* Forget all marks. */
void lv_graph_unmark(struct lv_graph *graph);

/* graph_order.c: a fresh node becomes a component of its own, the last. */
void lv_graph_order_add(struct lv_graph *graph, uint32_t n);

/* The node, without edges by now, leaves its component. */
void lv_graph_order_drop(struct lv_graph *graph, uint32_t n);

/* Make the order true for a coming edge. False: no memory, nothing changed. */
bool lv_graph_order_insert(struct lv_graph *graph, uint32_t from, uint32_t to);

#endif
