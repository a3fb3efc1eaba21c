/* SPDX-License-Identifier: BSD-2-Clause */
/* graph_order.c: components of the graph in topological order, kept as edges
 * come.
 *
 * An edge v->w whose ends already stand in order costs one comparison. Else,
 * within the affected region only (Pearce and Kelly, "A dynamic topological
 * sort algorithm for directed acyclic graphs", 2006: what stands between w and
 * v), search forward from w and backward from v, an edge of each in turn. The
 * side that is exhausted first without meeting the other is all that must move:
 * what w leads to goes just behind v, or what leads to v just before w. So an
 * insertion costs the smaller of the two sets (two-way search: Bender, Fineman,
 * Gilbert and Tarjan, 2016), and a node's first edge is free. If the two sides
 * meet, the edge closes a cycle: both are completed, and the components in both
 * become one. Places in the order are labels in a list, so that a move shifts
 * nobody else (Bender, Cole, Demaine, Farach-Colton and Zito, "Two simplified
 * algorithms for maintaining order in a list", 2002).
 *
 * Removal never splits a component: one that is too large costs a search in
 * vain, never a wrong answer. Includes graph_internal.h. */
#include "graph_internal.h"

#define FORWARD 1u
#define BACKWARD 2u

#define LABEL_MAX (UINT64_MAX >> 1)
#define LABEL_STRIDE (1ULL << 20)

/* ---- the list and its labels --------------------------------------------- */

static void unlink_component(struct lv_graph *graph, uint32_t n)
{
    struct node *node = &graph->node[n];

    if (node->before != NONE)
        graph->node[node->before].after = node->after;
    else
        graph->first = node->after;
    if (node->after != NONE)
        graph->node[node->after].before = node->before;
    else
        graph->last = node->before;
}

static uint32_t following(const struct lv_graph *graph, uint32_t after)
{
    return after == NONE ? graph->first : graph->node[after].after;
}

static void link_component(struct lv_graph *graph, uint32_t n, uint32_t after)
{
    uint32_t next = following(graph, after);

    graph->node[n].before = after;
    graph->node[n].after = next;
    if (after != NONE)
        graph->node[after].after = n;
    else
        graph->first = n;
    if (next != NONE)
        graph->node[next].before = n;
    else
        graph->last = n;
}

/* Spread labels about n: the smallest aligned range around its label that is
 * sparse enough, where "enough" grows with the range by 10/7 a doubling, which
 * leaves room for 2^32 components in all. */
static void relabel(struct lv_graph *graph, uint32_t n)
{
    uint64_t middle = graph->node[n].label, low, size, label, step;
    uint64_t count = 1, capacity_x16 = 16;
    uint32_t left = n, right = n, i, bits;

    for (bits = 1; bits < 63; bits++) {
        size = 1ULL << bits;
        low = middle & ~(size - 1);
        while ((i = graph->node[left].before) != NONE &&
               graph->node[i].label >= low) {
            left = i;
            count++;
        }
        while ((i = graph->node[right].after) != NONE &&
               graph->node[i].label - low < size) {
            right = i;
            count++;
        }
        capacity_x16 = capacity_x16 / 7 * 10 + 1;
        if (count * 16 < capacity_x16 && size / count >= 4)
            break;
    }
    size = 1ULL << (bits < 63 ? bits : 62);
    low = bits < 63 ? middle & ~(size - 1) : 0;
    step = size / count;
    label = low + step / 2;
    for (i = left;; i = graph->node[i].after, label += step) {
        graph->node[i].label = label;
        if (i == right)
            return;
    }
}

/* A label between `after` and what follows it, with room for `more` others
 * behind it. */
static uint64_t find_label(struct lv_graph *graph, uint32_t after,
                           uint32_t more)
{
    uint64_t low, high, step;
    uint32_t next;

    for (;;) {
        next = following(graph, after);
        low = after == NONE ? 0 : graph->node[after].label;
        high = next == NONE ? LABEL_MAX : graph->node[next].label;
        if (after == NONE && next == NONE)
            return LABEL_MAX / 2;
        step =
            more == 0 ? (high - low) / 2 : (high - low) / ((uint64_t)more + 2);
        if ((after == NONE || next == NONE) && step > LABEL_STRIDE)
            step = LABEL_STRIDE;
        if (step == 0 && high - low >= 2)
            step = 1;
        if (step > 0)
            return after == NONE ? high - step * ((uint64_t)more + 1)
                                 : low + step;
        relabel(graph, after != NONE ? after : next);
    }
}

static void place(struct lv_graph *graph, uint32_t n, uint32_t after,
                  uint32_t more)
{
    graph->node[n].label = find_label(graph, after, more);
    link_component(graph, n, after);
}

static bool earlier(const void *a, const void *b, const void *context)
{
    const struct lv_graph *graph = context;
    const uint32_t *left = a, *right = b;

    return graph->node[*left].label < graph->node[*right].label;
}

/* Move components, in their present order, just behind `after`, which is not
 * among them. */
static void move_behind(struct lv_graph *graph, uint32_t *moved, uint32_t count,
                        uint32_t after)
{
    uint32_t i;

    lv_sort(moved, count, sizeof *moved, earlier, graph);
    for (i = 0; i < count; i++)
        unlink_component(graph, moved[i]);
    for (i = 0; i < count; i++) {
        place(graph, moved[i], after, count - 1 - i);
        after = moved[i];
    }
}

/* The same, just before `next`; nothing moved may stand directly there. */
static void move_before(struct lv_graph *graph, uint32_t *moved, uint32_t count,
                        uint32_t next)
{
    move_behind(graph, moved, count, graph->node[next].before);
}

void lv_graph_order_add(struct lv_graph *graph, uint32_t n)
{
    struct node *node = &graph->node[n];

    node->leader = node->ring_before = node->ring_after = n;
    node->size = 1;
    place(graph, n, graph->last, 0);
}

/* Let the next in the ring lead in place of n. */
static void pass_lead(struct lv_graph *graph, uint32_t n)
{
    struct node *old = &graph->node[n];
    uint32_t heir = old->ring_after, i = heir;

    graph->node[heir].label = old->label;
    graph->node[heir].size = old->size;
    graph->node[heir].before = old->before;
    graph->node[heir].after = old->after;
    if (old->before != NONE)
        graph->node[old->before].after = heir;
    else
        graph->first = heir;
    if (old->after != NONE)
        graph->node[old->after].before = heir;
    else
        graph->last = heir;
    do {
        graph->node[i].leader = heir;
        i = graph->node[i].ring_after;
    } while (i != heir);
}

void lv_graph_order_drop(struct lv_graph *graph, uint32_t n)
{
    struct node *node = &graph->node[n];

    if (node->ring_after == n) {
        unlink_component(graph, n);
        return;
    }
    if (node->leader == n)
        pass_lead(graph, n);
    graph->node[node->leader].size--;
    graph->node[node->ring_before].ring_after = node->ring_after;
    graph->node[node->ring_after].ring_before = node->ring_before;
}

/* ---- the two-way search -------------------------------------------------- */

/* One side: components found so far, and how far their edges were followed. */
struct side {
    uint32_t **list; /* leaders */
    uint32_t *room;
    uint32_t count;
    uint32_t at;     /* component that is being expanded */
    uint32_t member; /* its node that is being expanded */
    uint32_t edge;   /* the next edge of that node */
    uint32_t bit;
    uint64_t low, high; /* labels of the affected region */
};

enum outcome { GOING, EXHAUSTED, MET, NO_MEMORY };

static uint32_t first_edge(const struct lv_graph *graph,
                           const struct side *side, uint32_t n)
{
    return side->bit == FORWARD ? graph->node[n].out : graph->node[n].in;
}

static void enter_component(const struct lv_graph *graph, struct side *side)
{
    if (side->at >= side->count)
        return;
    side->member = (*side->list)[side->at];
    side->edge = first_edge(graph, side, side->member);
}

static bool append(struct lv_graph *graph, struct side *side, uint32_t leader)
{
    if (!lv_vector_reserve(side->list, side->room, (uint64_t)side->count + 1,
                           sizeof **side->list))
        return false;
    (*side->list)[side->count++] = leader;
    mark(graph, leader, side->bit);
    return true;
}

static bool start(struct lv_graph *graph, struct side *side, uint32_t leader)
{
    if (!append(graph, side, leader))
        return false;
    enter_component(graph, side);
    return true;
}

/* Go on to the next node of the component, or to the next component. */
static void advance(const struct lv_graph *graph, struct side *side)
{
    side->member = graph->node[side->member].ring_after;
    if (side->member == (*side->list)[side->at]) {
        side->at++;
        enter_component(graph, side);
    } else {
        side->edge = first_edge(graph, side, side->member);
    }
}

/* Follow one edge. MET is told each time the other side's marks are met. */
static enum outcome follow(struct lv_graph *graph, struct side *side)
{
    const struct edge *edge;
    uint32_t next, seen;

    if (side->at == side->count)
        return EXHAUSTED;
    if (side->edge == NONE) {
        advance(graph, side);
        return side->at == side->count ? EXHAUSTED : GOING;
    }
    edge = &graph->edge[side->edge];
    next = side->bit == FORWARD ? edge_to(edge) : edge_from(edge);
    side->edge = side->bit == FORWARD ? edge->out_after : edge->in_after;
    next = graph->node[next].leader;
    seen = marks(graph, next);
    if (seen & side->bit)
        return GOING;
    if (graph->node[next].label < side->low ||
        graph->node[next].label > side->high)
        return GOING;
    if (!append(graph, side, next))
        return NO_MEMORY;
    return seen != 0 ? MET : GOING;
}

static enum outcome complete(struct lv_graph *graph, struct side *side)
{
    enum outcome outcome;

    do
        outcome = follow(graph, side);
    while (outcome == GOING || outcome == MET);
    return outcome;
}

/* ---- merging ------------------------------------------------------------- */

/* Put what carries both marks first; returns how many those are. */
static uint32_t part_common(const struct lv_graph *graph, uint32_t *list,
                            uint32_t count)
{
    uint32_t i, common = 0, keep;

    for (i = 0; i < count; i++) {
        if (marks(graph, list[i]) != (FORWARD | BACKWARD))
            continue;
        keep = list[common];
        list[common++] = list[i];
        list[i] = keep;
    }
    return common;
}

static void absorb(struct lv_graph *graph, uint32_t leader, uint32_t other)
{
    uint32_t i = other, a, b;

    do {
        graph->node[i].leader = leader;
        i = graph->node[i].ring_after;
    } while (i != other);
    graph->node[leader].size += graph->node[other].size;
    a = graph->node[leader].ring_after;
    b = graph->node[other].ring_before;
    graph->node[leader].ring_after = other;
    graph->node[other].ring_before = leader;
    graph->node[b].ring_after = a;
    graph->node[a].ring_before = b;
}

/* Make one component of all in `list`, where `where`, one of them, stands. The
 * largest keeps its leader, so that a node changes its own log n times at
 * most. */
static void merge(struct lv_graph *graph, const uint32_t *list, uint32_t count,
                  uint32_t where)
{
    uint32_t largest = where, i;

    for (i = 0; i < count; i++)
        if (graph->node[list[i]].size > graph->node[largest].size)
            largest = list[i];
    if (largest != where) {
        unlink_component(graph, largest);
        place(graph, largest, where, 0);
    }
    for (i = 0; i < count; i++) {
        if (list[i] == largest)
            continue;
        unlink_component(graph, list[i]);
        absorb(graph, largest, list[i]);
    }
}

/* Both sides are complete and share components, w among them: what leads to the
 * cycle goes before w, where the cycle itself then stands; what it leads to is
 * behind w already. */
static void close_cycle(struct lv_graph *graph, uint32_t w,
                        const struct side *forward, const struct side *backward)
{
    uint32_t common;

    common = part_common(graph, *backward->list, backward->count);
    move_before(graph, *backward->list + common, backward->count - common, w);
    common = part_common(graph, *forward->list, forward->count);
    merge(graph, *forward->list, common, w);
}

/* An edge from v to w, which stands before it. */
static bool insert_back(struct lv_graph *graph, uint32_t v, uint32_t w)
{
    uint64_t low = graph->node[w].label, high = graph->node[v].label;
    struct side forward = {
        &graph->forward, &graph->forward_room, 0, 0, 0, 0, FORWARD, low, high};
    struct side backward = {&graph->backward,
                            &graph->backward_room,
                            0,
                            0,
                            0,
                            0,
                            BACKWARD,
                            low,
                            high};
    enum outcome one, other;

    lv_graph_unmark(graph);
    if (!start(graph, &backward, v) || !start(graph, &forward, w))
        return false;
    do {
        one = follow(graph, &forward);
        other = one == GOING ? follow(graph, &backward) : GOING;
    } while (one == GOING && other == GOING);
    if (one == EXHAUSTED)
        move_behind(graph, graph->forward, forward.count, v);
    else if (other == EXHAUSTED)
        move_before(graph, graph->backward, backward.count, w);
    if (one == EXHAUSTED || other == EXHAUSTED)
        return true;
    if (complete(graph, &forward) == NO_MEMORY ||
        complete(graph, &backward) == NO_MEMORY)
        return false;
    close_cycle(graph, w, &forward, &backward);
    return true;
}

bool lv_graph_order_insert(struct lv_graph *graph, uint32_t from, uint32_t to)
{
    uint32_t v = graph->node[from].leader, w = graph->node[to].leader;

    return v == w || graph->node[v].label < graph->node[w].label ||
           insert_back(graph, v, w);
}

bool lv_graph_is_sound(const struct lv_graph *graph)
{
    uint32_t i, n, members = 0, last = NONE, size;

    for (i = graph->first; i != NONE; last = i, i = graph->node[i].after) {
        if (graph->node[i].leader != i || graph->node[i].before != last ||
            (last != NONE && graph->node[last].label >= graph->node[i].label))
            return false;
        size = 0;
        n = i;
        do {
            if (graph->node[n].leader != i)
                return false;
            size++;
            n = graph->node[n].ring_after;
        } while (n != i);
        if (size != graph->node[i].size)
            return false;
        members += size;
    }
    if (last != graph->last || members != graph->node_count)
        return false;
    for (i = 0; i < graph->edge_end; i++) {
        const struct edge *edge = &graph->edge[i];
        uint32_t v, w;

        if (edge->kinds == 0)
            continue;
        v = graph->node[edge_from(edge)].leader;
        w = graph->node[edge_to(edge)].leader;
        if (v != w && graph->node[v].label >= graph->node[w].label)
            return false;
    }
    return true;
}
