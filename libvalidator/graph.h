/* SPDX-License-Identifier: BSD-2-Clause */
/* graph.h: a directed graph that knows at once whether an edge can close a
 * cycle, and finds the strong ones.
 *
 * Nodes are any 32-bit ids; an edge carries a set of KINDS, each saying whether
 * its tail is shared (S) or exclusive (E) and its head recursive (R) or not
 * (N). A walk is strong if no xR step is followed by an Sx step; a cycle, if
 * that also holds where it closes. (The kernel's lockdep, "Recursive read
 * locks" in lockdep-design.rst.) What the nodes mean is the caller's affair.
 *
 * Cycles may be in the graph: nodes on a common cycle, strong or not, are kept
 * in one component, and the components in topological order. An edge between
 * two components is on no cycle; one inside a component is worth a search.
 *
 * Costs: 64 bytes a node, 32 an edge, and 8 to 16 of index for each node and
 * for the edges of nodes with many. No recursion, no ceilings but 2^32 - 2
 * nodes and edges. Whatever fails for want
 * of memory leaves the graph as it was. Not thread-safe; a search writes marks,
 * so a graph is never const. Includes no other module; used by order.c and
 * classes.c. */
#ifndef LV_GRAPH_H
#define LV_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of a kind; a set of kinds is a mask of 1 << kind. */
#define LV_GRAPH_RECURSIVE_HEAD 1u
#define LV_GRAPH_SHARED_TAIL 2u

#define LV_GRAPH_NONE UINT32_MAX

struct lv_graph;

struct lv_graph *lv_graph_new(void); /* NULL: no memory */
void lv_graph_free(struct lv_graph *graph);

/* Add `kinds` to the edge from->to, which is made if it is not there, with its
 * nodes. Returns its handle, a small number that stays the same until the edge
 * goes and is then used anew; LV_GRAPH_NONE if memory ran out. */
uint32_t lv_graph_insert(struct lv_graph *graph, uint32_t from, uint32_t to,
                         unsigned kinds);

/* Handle of the edge, or LV_GRAPH_NONE. */
uint32_t lv_graph_find(const struct lv_graph *graph, uint32_t from,
                       uint32_t to);

/* What was found on the way to an edge, for who goes that way twice; good until
 * the next edge is made or removed. Its fields are the graph's, but for `edge`:
 * its handle, or LV_GRAPH_NONE. */
struct lv_graph_spot {
    uint32_t tail, head, edge;
};
struct lv_graph_spot lv_graph_locate(const struct lv_graph *graph,
                                     uint32_t from, uint32_t to);
uint32_t lv_graph_insert_at(struct lv_graph *graph, struct lv_graph_spot spot,
                            uint32_t from, uint32_t to, unsigned kinds);

/* 60 bits of the caller's with each edge; 0 when that is made. */
uint64_t lv_graph_value(const struct lv_graph *graph, uint32_t edge);
void lv_graph_set_value(struct lv_graph *graph, uint32_t edge, uint64_t value);

/* Remove a node and its edges, telling `gone` of each edge before it goes.
 * Harmless if there is no such node. */
void lv_graph_remove(struct lv_graph *graph, uint32_t id,
                     void (*gone)(void *context, uint32_t edge), void *context);

/* Ids of an edge's ends, and its kinds. */
uint32_t lv_graph_from(const struct lv_graph *graph, uint32_t edge);
uint32_t lv_graph_to(const struct lv_graph *graph, uint32_t edge);
unsigned lv_graph_kinds(const struct lv_graph *graph, uint32_t edge);

/* Edges out of `id`, newest first: the first, and the one after `edge`;
 * LV_GRAPH_NONE at the end. */
uint32_t lv_graph_first_out(const struct lv_graph *graph, uint32_t id);
uint32_t lv_graph_next_out(const struct lv_graph *graph, uint32_t edge);

/* All edges: start with LV_GRAPH_NONE; LV_GRAPH_NONE at the end. */
uint32_t lv_graph_next_edge(const struct lv_graph *graph, uint32_t edge);

uint32_t lv_graph_edge_count(const struct lv_graph *graph);

/* False: the edge is on no cycle. True: it was on one when it or a later edge
 * came (nodes removed since may have cut it). Costs a comparison. */
bool lv_graph_may_cycle(const struct lv_graph *graph, uint32_t edge);

/* Number of the component of node `id`; equal for nodes on a common cycle. */
uint32_t lv_graph_component(const struct lv_graph *graph, uint32_t id);

/* ---- searches ------------------------------------------------------------ */

/* One step of a cycle and the kind in which it is taken. */
struct lv_graph_step {
    uint32_t edge;
    uint32_t kind;
};

/* What cycles to look for. */
struct lv_graph_query {
    uint32_t edge;         /* the cycle goes through it … */
    unsigned kind;         /* … taken in this kind (no mask) */
    const uint32_t *avoid; /* ids it must not pass, but for the edge's ends */
    size_t avoid_count;
    uint32_t budget; /* steps for a search that enumerates; see below */
};

enum lv_graph_result {
    LV_GRAPH_FOUND,  /* the visitor had enough, or the cycle is there */
    LV_GRAPH_ABSENT, /* there is none (more) */
    LV_GRAPH_BUDGET, /* the budget ran out */
    LV_GRAPH_MEMORY, /* memory ran out */
};

/* Shortest strong cycle through an edge that passes no node twice. *step is the
 * graph's and lives until the next call; step 0 is the edge. Costs a breadth-
 * first search of the component. Only where the shortest strong walk passes a
 * node twice, first as recursive reader and then not (then a shorter cycle is
 * in the graph already), it falls back to an enumeration within the budget. */
enum lv_graph_result lv_graph_shortest(struct lv_graph *graph,
                                       const struct lv_graph_query *query,
                                       const struct lv_graph_step **step,
                                       uint32_t *count);

/* Every strong cycle through an edge that passes no node twice, shortest first,
 * up to `longest` steps, within the budget. `visit` returns true to stop and
 * must leave the graph alone. A self-edge is on none. Where an edge has kinds
 * of both heads, the non-recursive one is taken: what can follow a recursive
 * head can follow it too. */
enum lv_graph_result lv_graph_each_cycle(
    struct lv_graph *graph, const struct lv_graph_query *query,
    uint32_t longest,
    bool (*visit)(void *context, const struct lv_graph_step *step,
                  uint32_t count),
    void *context);

/* Edges that all searches so far looked at, for callers that bound them. */
uint64_t lv_graph_effort(const struct lv_graph *graph);

/* For tests: true if every invariant of the order holds. */
bool lv_graph_is_sound(const struct lv_graph *graph);

#endif
