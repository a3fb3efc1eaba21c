/* SPDX-License-Identifier: BSD-2-Clause */
/* graph_search.c: the strong cycles through an edge.
 *
 * A node is visited in two states, by whether it was entered by a recursive
 * reader (R) or not (N): after R only exclusive tails may follow. Whatever can
 * follow R can follow N, so of an edge's kinds that are open one with head N is
 * taken if there is one. A breadth-first search over the states gives the
 * shortest strong walk; if that passes a node in both states it is no cycle
 * among distinct nodes, and an enumeration decides: depth first, to a length
 * that grows by one, along nodes from which the goal is near enough.
 * All of it stays within the edge's component. Includes graph_internal.h. */
#include "graph_internal.h"

#define HEADS_N 0x5u /* kinds EN, SN */
#define HEADS_R 0xau /* kinds ER, SR */
#define TAILS_E 0x3u /* kinds EN, ER */

#define SEEN_N 1u
#define SEEN_R 2u

/* The kind in which to take an edge after a head R or N; NONE: in no way. */
static uint32_t choose_kind(uint32_t kinds, bool after_recursive)
{
    if (after_recursive)
        kinds &= TAILS_E;
    if (kinds & HEADS_N)
        kinds &= HEADS_N;
    return kinds == 0 ? NONE : (uint32_t)__builtin_ctz(kinds);
}

static bool is_recursive(uint32_t kind)
{
    return kind & LV_GRAPH_RECURSIVE_HEAD;
}

/* May a step of kind `next` follow one of kind `kind`? */
static bool may_follow(uint32_t kind, uint32_t next)
{
    return !is_recursive(kind) || !(next & LV_GRAPH_SHARED_TAIL);
}

/* Nodes to avoid carry all marks, so no search enters them. */
static void mark_avoided(struct lv_graph *graph,
                         const struct lv_graph_query *query)
{
    uint32_t n;
    size_t i;

    lv_graph_unmark(graph);
    for (i = 0; i < query->avoid_count; i++) {
        n = lv_table_find(&graph->node_index, graph->node, sizeof *graph->node,
                          query->avoid[i]);
        if (n != NONE && n != edge_from(&graph->edge[query->edge]) &&
            n != edge_to(&graph->edge[query->edge]))
            mark(graph, n, SEEN_N | SEEN_R);
    }
}

static bool push(struct lv_graph *graph, uint32_t *count, uint32_t node,
                 uint32_t edge, uint32_t kind, uint32_t parent)
{
    if (!lv_vector_reserve(&graph->queue, &graph->queue_room,
                           (uint64_t)*count + 1, sizeof *graph->queue))
        return false;
    graph->queue[(*count)++] = (struct visit){node, edge, kind, parent};
    return true;
}

/* Write the walk that ends in queue entry `last` into graph->path. */
static bool trace(struct lv_graph *graph, uint32_t last, uint32_t *count)
{
    uint32_t length = 0, i;

    for (i = last; i != NONE; i = graph->queue[i].parent)
        length++;
    if (!lv_vector_reserve(&graph->path, &graph->path_room, length,
                           sizeof *graph->path))
        return false;
    *count = length;
    for (i = last; i != NONE; i = graph->queue[i].parent) {
        length--;
        graph->path[length].edge = graph->queue[i].edge;
        graph->path[length].kind = graph->queue[i].kind;
    }
    return true;
}

/* Follow edge e from queue entry `at`: FOUND if it closes the walk, which then
 * is the last entry. */
static enum lv_graph_result follow(struct lv_graph *graph,
                                   const struct lv_graph_query *query,
                                   uint32_t at, uint32_t e, uint32_t *end)
{
    uint32_t goal = edge_from(&graph->edge[query->edge]);
    uint32_t next = edge_to(&graph->edge[e]), kind, bit;

    graph->effort++;
    kind =
        choose_kind(graph->edge[e].kinds, is_recursive(graph->queue[at].kind));
    if (kind == NONE || graph->node[next].leader != graph->node[goal].leader)
        return LV_GRAPH_ABSENT;
    if (next == goal && !may_follow(kind, query->kind))
        return LV_GRAPH_ABSENT;
    bit = is_recursive(kind) ? SEEN_R : SEEN_N;
    if (next != goal && marks(graph, next) & (bit | SEEN_N))
        return LV_GRAPH_ABSENT;
    if (!push(graph, end, next, e, kind, at))
        return LV_GRAPH_MEMORY;
    mark(graph, next, bit);
    return next == goal ? LV_GRAPH_FOUND : LV_GRAPH_ABSENT;
}

/* Shortest strong walk; ends where the edge begins. */
static enum lv_graph_result find_walk(struct lv_graph *graph,
                                      const struct lv_graph_query *query,
                                      uint32_t *count)
{
    uint32_t start = edge_to(&graph->edge[query->edge]), end = 0, at, e;
    enum lv_graph_result result;

    mark_avoided(graph, query);
    if (!push(graph, &end, start, query->edge, query->kind, NONE))
        return LV_GRAPH_MEMORY;
    mark(graph, start, is_recursive(query->kind) ? SEEN_R : SEEN_N);
    for (at = 0; at < end; at++) {
        for (e = graph->node[graph->queue[at].node].out; e != NONE;
             e = graph->edge[e].out_after) {
            result = follow(graph, query, at, e, &end);
            if (result == LV_GRAPH_FOUND)
                return trace(graph, end - 1, count) ? LV_GRAPH_FOUND
                                                    : LV_GRAPH_MEMORY;
            if (result == LV_GRAPH_MEMORY)
                return LV_GRAPH_MEMORY;
        }
    }
    return LV_GRAPH_ABSENT;
}

/* Does the walk in graph->path pass no node twice? */
static bool is_simple(struct lv_graph *graph, uint32_t count)
{
    uint32_t i, n;

    lv_graph_unmark(graph);
    for (i = 0; i < count; i++) {
        n = edge_to(&graph->edge[graph->path[i].edge]);
        if (marks(graph, n) != 0)
            return false;
        mark(graph, n, SEEN_N);
    }
    return true;
}

static bool stop(void *context, const struct lv_graph_step *step,
                 uint32_t count)
{
    (void)step;
    *(uint32_t *)context = count;
    return true;
}

enum lv_graph_result lv_graph_shortest(struct lv_graph *graph,
                                       const struct lv_graph_query *query,
                                       const struct lv_graph_step **step,
                                       uint32_t *count)
{
    enum lv_graph_result result;

    *count = 0;
    if (!lv_graph_may_cycle(graph, query->edge) ||
        lv_graph_from(graph, query->edge) == lv_graph_to(graph, query->edge))
        return LV_GRAPH_ABSENT;
    result = find_walk(graph, query, count);
    if (result == LV_GRAPH_FOUND && !is_simple(graph, *count))
        result = lv_graph_each_cycle(graph, query, NONE, stop, count);
    *step = graph->path;
    return result;
}

/* ---- enumeration --------------------------------------------------------- */

struct walk {
    const struct lv_graph_query *query;
    bool (*visit)(void *, const struct lv_graph_step *, uint32_t);
    void *context;
    uint32_t goal, leader;
    uint32_t limit;  /* steps of the cycles of this round */
    uint32_t budget; /* left */
    bool longer;     /* something was cut off at the limit */
    uint32_t depth;  /* steps on the path */
};

/* Breadth first, against the edges: how far each node is from the goal. Nodes
 * reached are marked SEEN_N, those on the path SEEN_R as well. Spends at most
 * half of the budget: nodes farther off are then out of the question. */
static enum lv_graph_result measure(struct lv_graph *graph, struct walk *walk)
{
    uint32_t end = 0, at, e, n, next, kept = walk->budget / 2;

    mark_avoided(graph, walk->query);
    graph->node[walk->goal].depth = 0;
    mark(graph, walk->goal, SEEN_N);
    if (!push(graph, &end, walk->goal, 0, 0, 0))
        return LV_GRAPH_MEMORY;
    for (at = 0; at < end; at++) {
        n = graph->queue[at].node;
        for (e = graph->node[n].in; e != NONE; e = graph->edge[e].in_after) {
            if (walk->budget == kept)
                return LV_GRAPH_BUDGET;
            walk->budget--;
            graph->effort++;
            next = edge_from(&graph->edge[e]);
            if (graph->node[next].leader != walk->leader ||
                marks(graph, next) != 0)
                continue;
            mark(graph, next, SEEN_N);
            graph->node[next].depth = graph->node[n].depth + 1;
            if (!push(graph, &end, next, 0, 0, 0))
                return LV_GRAPH_MEMORY;
        }
    }
    return LV_GRAPH_ABSENT;
}

static void clear_on_path(struct lv_graph *graph, uint32_t n)
{
    graph->node[n].mark &= ~SEEN_R;
}

/* The next edge out of the path's end that is worth following, from `e` on. */
static uint32_t find_step(struct lv_graph *graph, struct walk *walk, uint32_t e,
                          uint32_t *kind)
{
    uint32_t last = graph->path[walk->depth - 1].kind, next;

    for (; e != NONE; e = graph->edge[e].out_after) {
        if (walk->budget == 0)
            return NONE;
        walk->budget--;
        graph->effort++;
        next = edge_to(&graph->edge[e]);
        *kind = choose_kind(graph->edge[e].kinds, is_recursive(last));
        if (*kind == NONE || graph->node[next].leader != walk->leader ||
            marks(graph, next) != SEEN_N)
            continue;
        if (walk->depth + 1 + graph->node[next].depth > walk->limit) {
            walk->longer = true;
            continue;
        }
        if (next != walk->goal || (walk->depth + 1 == walk->limit &&
                                   may_follow(*kind, walk->query->kind)))
            return e;
    }
    return NONE;
}

/* All cycles of exactly walk->limit steps. The path is graph->path; the edges
 * on it are the search's whole state. */
static enum lv_graph_result walk_all(struct lv_graph *graph, struct walk *walk)
{
    uint32_t e, n, kind = 0;

    n = edge_to(&graph->edge[walk->query->edge]);
    walk->depth = 1;
    graph->path[0].edge = walk->query->edge;
    graph->path[0].kind = walk->query->kind;
    mark(graph, n, SEEN_R);
    e = graph->node[n].out;
    for (;;) {
        e = find_step(graph, walk, e, &kind);
        if (walk->budget == 0)
            return LV_GRAPH_BUDGET;
        if (e == NONE) {
            e = graph->path[--walk->depth].edge;
            clear_on_path(graph, edge_to(&graph->edge[e]));
            if (walk->depth == 0)
                return LV_GRAPH_ABSENT;
            e = graph->edge[e].out_after;
            continue;
        }
        graph->path[walk->depth].edge = e;
        graph->path[walk->depth].kind = kind;
        n = edge_to(&graph->edge[e]);
        if (n == walk->goal) {
            if (walk->visit(walk->context, graph->path, walk->depth + 1))
                return LV_GRAPH_FOUND;
            e = graph->edge[e].out_after;
            continue;
        }
        walk->depth++;
        mark(graph, n, SEEN_R);
        e = graph->node[n].out;
    }
}

enum lv_graph_result lv_graph_each_cycle(
    struct lv_graph *graph, const struct lv_graph_query *query,
    uint32_t longest,
    bool (*visit)(void *context, const struct lv_graph_step *step,
                  uint32_t count),
    void *context)
{
    const struct edge *edge = &graph->edge[query->edge];
    uint32_t from = edge_from(edge), to = edge_to(edge), size;
    struct walk walk = {.query = query,
                        .visit = visit,
                        .context = context,
                        .goal = from,
                        .leader = graph->node[from].leader,
                        .budget = query->budget};
    enum lv_graph_result result, measured;

    if (graph->node[to].leader != walk.leader || from == to)
        return LV_GRAPH_ABSENT;
    size = graph->node[walk.leader].size;
    if (longest > size)
        longest = size;
    if (!lv_vector_reserve(&graph->path, &graph->path_room,
                           (uint64_t)longest + 1, sizeof *graph->path))
        return LV_GRAPH_MEMORY;
    measured = measure(graph, &walk);
    if (measured == LV_GRAPH_MEMORY || marks(graph, to) == 0)
        return measured;
    for (walk.limit = graph->node[to].depth + 1; walk.limit <= longest;
         walk.limit++) {
        walk.longer = false;
        result = walk_all(graph, &walk);
        if (result != LV_GRAPH_ABSENT)
            return result;
        if (!walk.longer)
            break;
    }
    return measured;
}
