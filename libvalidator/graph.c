/* SPDX-License-Identifier: BSD-2-Clause */
/* graph.c: nodes and edges of the graph, and the way to each.
 * Includes graph_internal.h, memory.h. The order of components is
 * graph_order.c, the searches are graph_search.c. */
#include "graph_internal.h"

#include "memory.h"

struct lv_graph *lv_graph_new(void)
{
    struct lv_graph *graph = lv_calloc(1, sizeof *graph);

    if (graph == NULL)
        return NULL;
    graph->node_free = graph->edge_free = NONE;
    graph->first = graph->last = NONE;
    graph->search = 1;
    return graph;
}

void lv_graph_free(struct lv_graph *graph)
{
    if (graph == NULL)
        return;
    lv_table_free(&graph->node_index);
    lv_table_free(&graph->edge_index);
    lv_free(graph->node);
    lv_free(graph->edge);
    lv_free(graph->forward);
    lv_free(graph->backward);
    lv_free(graph->queue);
    lv_free(graph->path);
    lv_free(graph);
}

void lv_graph_unmark(struct lv_graph *graph)
{
    uint32_t n;

    if (++graph->search < 1u << (32 - MARK_BITS))
        return;
    for (n = 0; n < graph->node_end; n++)
        graph->node[n].mark = 0;
    graph->search = 1;
}

static uint32_t find_node(const struct lv_graph *graph, uint32_t id)
{
    return lv_table_find(&graph->node_index, graph->node, sizeof *graph->node,
                         id);
}

static uint64_t head_bit(uint32_t to)
{
    return 1ULL << (to * 0x9e3779b9u >> 26);
}

static uint32_t find_edge(const struct lv_graph *graph, uint32_t from,
                          uint32_t to)
{
    uint32_t e;

    if ((graph->node[from].heads & head_bit(to)) == 0)
        return NONE;
    if (graph->node[from].out_count > SHORT)
        return lv_table_find(&graph->edge_index, graph->edge,
                             sizeof *graph->edge, (uint64_t)from << 32 | to);
    for (e = graph->node[from].out; e != NONE; e = graph->edge[e].out_after)
        if (edge_to(&graph->edge[e]) == to)
            break;
    return e;
}

static uint32_t add_node(struct lv_graph *graph, uint32_t id)
{
    struct node *node;
    uint32_t n = graph->node_free;

    if (!lv_table_reserve(&graph->node_index, graph->node, sizeof *node))
        return NONE;
    if (n == NONE) {
        if (!lv_vector_reserve(&graph->node, &graph->node_room,
                               (uint64_t)graph->node_end + 1, sizeof *node))
            return NONE;
        n = graph->node_end++;
    } else {
        graph->node_free = graph->node[n].after;
    }
    node = &graph->node[n];
    *node = (struct node){.id = id, .out = NONE, .in = NONE};
    lv_table_add(&graph->node_index, graph->node, sizeof *node, n);
    lv_graph_order_add(graph, n);
    graph->node_count++;
    return n;
}

static bool reserve_edge(struct lv_graph *graph, uint32_t from)
{
    return (graph->node[from].out_count < SHORT ||
            lv_table_reserve(&graph->edge_index, graph->edge,
                             sizeof *graph->edge)) &&
           (graph->edge_free != NONE ||
            lv_vector_reserve(&graph->edge, &graph->edge_room,
                              (uint64_t)graph->edge_end + 1,
                              sizeof *graph->edge));
}

static void link_edge(struct lv_graph *graph, uint32_t e)
{
    struct edge *edge = &graph->edge[e];
    struct node *from = &graph->node[edge_from(edge)];
    struct node *to = &graph->node[edge_to(edge)];

    edge->out_before = edge->in_before = NONE;
    edge->out_after = from->out;
    edge->in_after = to->in;
    if (from->out != NONE)
        graph->edge[from->out].out_before = e;
    if (to->in != NONE)
        graph->edge[to->in].in_before = e;
    from->out = to->in = e;
    from->out_count++;
    from->heads |= head_bit(edge_to(edge));
}

static void unlink_edge(struct lv_graph *graph, uint32_t e)
{
    struct edge *edge = &graph->edge[e];

    if (--graph->node[edge_from(edge)].out_count == 0)
        graph->node[edge_from(edge)].heads = 0;
    if (edge->out_before != NONE)
        graph->edge[edge->out_before].out_after = edge->out_after;
    else
        graph->node[edge_from(edge)].out = edge->out_after;
    if (edge->out_after != NONE)
        graph->edge[edge->out_after].out_before = edge->out_before;
    if (edge->in_before != NONE)
        graph->edge[edge->in_before].in_after = edge->in_after;
    else
        graph->node[edge_to(edge)].in = edge->in_after;
    if (edge->in_after != NONE)
        graph->edge[edge->in_after].in_before = edge->in_before;
}

static void enter_edge(struct lv_graph *graph, uint32_t e)
{
    lv_table_add(&graph->edge_index, graph->edge, sizeof *graph->edge, e);
}

static bool is_entered(const struct lv_graph *graph, uint32_t e)
{
    return lv_table_find(&graph->edge_index, graph->edge, sizeof *graph->edge,
                         graph->edge[e].key) != LV_TABLE_NONE;
}

/* Edge `e` was just linked. If it is the one too many to be looked through, all
 * others out of its tail go into the index with it, but for those that are
 * there since there were as many before. The index is half full at most, which
 * leaves room for them. */
static void index_edge(struct lv_graph *graph, uint32_t e)
{
    uint32_t count = graph->node[edge_from(&graph->edge[e])].out_count, i;

    if (count <= SHORT)
        return;
    enter_edge(graph, e);
    i = count == SHORT + 1 ? graph->edge[e].out_after : NONE;
    for (; i != NONE; i = graph->edge[i].out_after)
        if (!is_entered(graph, i))
            enter_edge(graph, i);
}

/* After reserve_edge. */
static uint32_t add_edge(struct lv_graph *graph, uint32_t from, uint32_t to,
                         unsigned kinds)
{
    uint32_t e = graph->edge_free;

    if (e == NONE)
        e = graph->edge_end++;
    else
        graph->edge_free = graph->edge[e].in_after;
    graph->edge[e].key = (uint64_t)from << 32 | to;
    graph->edge[e].kinds = kinds;
    graph->edge[e].value = 0;
    link_edge(graph, e);
    index_edge(graph, e);
    graph->edge_count++;
    return e;
}

/* Whoever looked in vain will insert: the neighbours in both lists are
 * written then. */
static void expect_edge(const struct lv_graph *graph, uint32_t tail,
                        uint32_t head)
{
    __builtin_prefetch(graph->edge + graph->node[tail].out, 1);
    __builtin_prefetch(graph->edge + graph->node[head].in, 1);
}

struct lv_graph_spot lv_graph_locate(const struct lv_graph *graph,
                                     uint32_t from, uint32_t to)
{
    struct lv_graph_spot spot = {find_node(graph, from), find_node(graph, to),
                                 NONE};

    if (spot.tail == NONE || spot.head == NONE)
        return spot;
    spot.edge = find_edge(graph, spot.tail, spot.head);
    if (spot.edge == NONE)
        expect_edge(graph, spot.tail, spot.head);
    return spot;
}

uint32_t lv_graph_insert_at(struct lv_graph *graph, struct lv_graph_spot spot,
                            uint32_t from, uint32_t to, unsigned kinds)
{
    if (spot.edge != NONE) {
        graph->edge[spot.edge].kinds |= kinds;
        return spot.edge;
    }
    if (spot.tail == NONE)
        spot.tail = add_node(graph, from);
    if (spot.head == NONE && spot.tail != NONE)
        spot.head = from == to ? spot.tail : add_node(graph, to);
    if (spot.tail == NONE || spot.head == NONE ||
        !reserve_edge(graph, spot.tail) ||
        !lv_graph_order_insert(graph, spot.tail, spot.head))
        return NONE;
    return add_edge(graph, spot.tail, spot.head, kinds);
}

uint32_t lv_graph_insert(struct lv_graph *graph, uint32_t from, uint32_t to,
                         unsigned kinds)
{
    return lv_graph_insert_at(graph, lv_graph_locate(graph, from, to), from, to,
                              kinds);
}

uint32_t lv_graph_find(const struct lv_graph *graph, uint32_t from, uint32_t to)
{
    return lv_graph_locate(graph, from, to).edge;
}

static void remove_edge(struct lv_graph *graph, uint32_t e)
{
    unlink_edge(graph, e);
    lv_table_remove(&graph->edge_index, graph->edge, sizeof *graph->edge,
                    graph->edge[e].key);
    graph->edge[e].kinds = 0;
    graph->edge[e].in_after = graph->edge_free;
    graph->edge_free = e;
    graph->edge_count--;
}

/* Nothing is left: nor need the memory be. */
static void give_back(struct lv_graph *graph)
{
    lv_table_free(&graph->node_index);
    lv_table_free(&graph->edge_index);
    lv_free(graph->node);
    lv_free(graph->edge);
    graph->node = NULL;
    graph->edge = NULL;
    graph->node_end = graph->node_room = 0;
    graph->edge_end = graph->edge_room = 0;
    graph->node_free = graph->edge_free = NONE;
    graph->first = graph->last = NONE;
}

void lv_graph_remove(struct lv_graph *graph, uint32_t id,
                     void (*gone)(void *context, uint32_t edge), void *context)
{
    uint32_t n = find_node(graph, id), e;

    if (n == NONE)
        return;
    for (;;) {
        e = graph->node[n].out;
        if (e == NONE)
            e = graph->node[n].in;
        if (e == NONE)
            break;
        if (gone != NULL)
            gone(context, e);
        remove_edge(graph, e);
    }
    lv_graph_order_drop(graph, n);
    lv_table_remove(&graph->node_index, graph->node, sizeof *graph->node, id);
    graph->node[n].leader = NONE;
    graph->node[n].after = graph->node_free;
    graph->node_free = n;
    graph->node_count--;
    if (graph->node_count == 0)
        give_back(graph);
}

uint32_t lv_graph_from(const struct lv_graph *graph, uint32_t edge)
{
    return (uint32_t)graph->node[edge_from(&graph->edge[edge])].id;
}

uint32_t lv_graph_to(const struct lv_graph *graph, uint32_t edge)
{
    return (uint32_t)graph->node[edge_to(&graph->edge[edge])].id;
}

uint64_t lv_graph_value(const struct lv_graph *graph, uint32_t edge)
{
    return graph->edge[edge].value;
}

void lv_graph_set_value(struct lv_graph *graph, uint32_t edge, uint64_t value)
{
    graph->edge[edge].value = value;
}

unsigned lv_graph_kinds(const struct lv_graph *graph, uint32_t edge)
{
    return graph->edge[edge].kinds;
}

uint32_t lv_graph_first_out(const struct lv_graph *graph, uint32_t id)
{
    uint32_t n = find_node(graph, id);

    return n == NONE ? NONE : graph->node[n].out;
}

uint32_t lv_graph_next_out(const struct lv_graph *graph, uint32_t edge)
{
    return graph->edge[edge].out_after;
}

uint32_t lv_graph_next_edge(const struct lv_graph *graph, uint32_t edge)
{
    for (edge++; edge < graph->edge_end; edge++) /* NONE + 1 is 0 */
        if (graph->edge[edge].kinds != 0)
            return edge;
    return NONE;
}

uint32_t lv_graph_edge_count(const struct lv_graph *graph)
{
    return graph->edge_count;
}

bool lv_graph_may_cycle(const struct lv_graph *graph, uint32_t edge)
{
    const struct edge *e = &graph->edge[edge];

    return graph->node[edge_from(e)].leader == graph->node[edge_to(e)].leader;
}

uint32_t lv_graph_component(const struct lv_graph *graph, uint32_t id)
{
    uint32_t n = find_node(graph, id);

    return n == NONE ? NONE : graph->node[n].leader;
}

uint64_t lv_graph_effort(const struct lv_graph *graph)
{
    return graph->effort;
}
