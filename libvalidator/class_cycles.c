/* SPDX-License-Identifier: BSD-2-Clause */
/* class_cycles.c: elementary strong cycles of the class graph.
 *
 * Component by component: its classes get numbers from 0, and each edge the
 * smallest sets of such classes that its witnesses held besides. Then, for
 * cycle lengths 2, 3, … and each class as the smallest of the cycle (as in
 * Johnson's "Finding all the elementary circuits of a directed graph", 1975),
 * depth first along edges that keep the path minimal and from whose heads the
 * start is near enough. Includes classes.h, memory.h, table.h. */
#include "classes.h"

#include "memory.h"
#include "table.h"

#define NONE LV_GRAPH_NONE
#define SETS_MAX 64u /* smallest sets kept of an edge; more are dropped */

/* ---- one component ------------------------------------------------------- */

/* A class on a cycle. */
struct place {
    uint32_t component;
    uint32_t class_id;
};

/* An edge inside the component, sorted by `from`; classes by number. */
struct arc {
    uint32_t from, to;
    uint32_t edge;
    uint32_t kinds;
    uint32_t set; /* first of its sets of classes held besides */
    uint32_t sets;
};

struct component {
    const struct lv_classes *classes;
    const struct place *place; /* by number */
    uint32_t count;
    uint32_t words; /* of a set */
    struct arc *arc;
    uint32_t arc_count, arc_room;
    uint32_t *first_arc; /* count + 1 of them */
    uint64_t *set;
    uint32_t set_count, set_room;
    /* The search. */
    uint64_t *on_path;
    uint32_t *path;  /* arcs */
    uint8_t *states; /* after each arc: see follow_kinds */
    uint32_t *distance;
    uint32_t limit; /* length of the cycles of this round */
    bool longer;    /* some may be */
    bool measured;  /* distance NONE means none at all */
    uint64_t effort;
    bool (*visit)(void *, const uint32_t *, uint32_t);
    void *context;
    uint32_t *visited; /* edges, for visit */
};

static uint32_t number_of(const struct component *c, uint32_t class_id)
{
    uint32_t low = 0, high = c->count, middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (c->place[middle].class_id < class_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->count && c->place[low].class_id == class_id ? low : NONE;
}

static uint64_t *set_at(const struct component *c, uint32_t i)
{
    return c->set + (size_t)i * c->words;
}

static bool contains(const struct component *c, const uint64_t *all,
                     const uint64_t *part)
{
    uint32_t i;

    for (i = 0; i < c->words; i++)
        if (part[i] & ~all[i])
            return false;
    return true;
}

static bool is_apart(const struct component *c, const uint64_t *a,
                     const uint64_t *b)
{
    uint32_t i;

    for (i = 0; i < c->words; i++)
        if (a[i] & b[i])
            return false;
    return true;
}

/* The set at `arc->set + arc->sets`, just written, joins the arc's if none of
 * those is part of it, and puts out those of which it is part. */
static void keep_smallest(struct component *c, struct arc *arc)
{
    uint64_t *mine = set_at(c, arc->set + arc->sets);
    uint32_t i, kept = 0;

    for (i = 0; i < arc->sets; i++)
        if (contains(c, mine, set_at(c, arc->set + i)))
            return;
    for (i = 0; i < arc->sets; i++) {
        if (contains(c, set_at(c, arc->set + i), mine))
            continue;
        memmove(set_at(c, arc->set + kept++), set_at(c, arc->set + i),
                c->words * sizeof *mine);
    }
    if (kept == SETS_MAX)
        return;
    memmove(set_at(c, arc->set + kept), mine, c->words * sizeof *mine);
    arc->sets = kept + 1;
}

/* That of the wanted class, if it held one, keeps the set off every path. */
static void write_set(const struct component *c, uint64_t *set,
                      const struct lv_witness *witness)
{
    const struct lv_rec_observation *seen = witness->seen;
    uint32_t own =
        lv_classes_of(c->classes, seen->hold[witness->hold].class_id);
    uint32_t i, n, held;

    memset(set, 0, c->words * sizeof *set);
    for (i = 0; i < seen->count; i++) {
        held = lv_classes_of(c->classes, seen->hold[i].class_id);
        if (held == own)
            continue;
        n = number_of(c, held);
        if (n != NONE && lv_classes_draw(c->classes, seen, i))
            set[n / 64] |= 1ULL << n % 64;
    }
}

static bool write_sets(struct component *c, struct arc *arc)
{
    const struct lv_witness *witness;
    uint64_t words;
    uint32_t at = NONE, room;

    arc->set = c->set_count;
    arc->sets = 0;
    while ((witness = lv_classes_next(c->classes, arc->edge, &at)) != NULL) {
        words = ((uint64_t)arc->set + arc->sets + 1) * c->words;
        room = c->set_room;
        if (!lv_vector_reserve(&c->set, &room, words, sizeof *c->set))
            return false;
        c->set_room = room;
        write_set(c, set_at(c, arc->set + arc->sets), witness);
        keep_smallest(c, arc);
    }
    c->set_count += arc->sets;
    return true;
}

static bool add_arcs(struct component *c, uint32_t from)
{
    struct lv_graph *graph = lv_classes_graph(c->classes);
    struct arc *arc;
    uint32_t e, to;

    c->first_arc[from] = c->arc_count;
    for (e = lv_graph_first_out(graph, c->place[from].class_id); e != NONE;
         e = lv_graph_next_out(graph, e)) {
        if (!lv_graph_may_cycle(graph, e))
            continue;
        to = number_of(c, lv_graph_to(graph, e));
        if (to == NONE)
            continue;
        if (!lv_vector_reserve(&c->arc, &c->arc_room,
                               (uint64_t)c->arc_count + 1, sizeof *c->arc))
            return false;
        arc = &c->arc[c->arc_count];
        *arc = (struct arc){from, to, e, lv_graph_kinds(graph, e), 0, 0};
        if (!write_sets(c, arc))
            return false;
        c->arc_count++;
    }
    return true;
}

/* ---- the search ---------------------------------------------------------- */

/* States after a step: bit 2k + r is set if the first step can have been of
 * kind k and this one's head be recursive (r 1) or not. */
static uint8_t follow_kinds(uint8_t states, uint32_t kinds)
{
    uint8_t next = 0;
    unsigned bit, open;

    for (bit = 0; bit < 8; bit++) {
        if (!(states >> bit & 1))
            continue;
        open = bit & 1 ? kinds & 0x3u : kinds; /* after R: exclusive tails */
        if (open & 0x5u)
            next |= (uint8_t)(1u << (bit & ~1u));
        if (open & 0xau)
            next |= (uint8_t)(1u << (bit | 1u));
    }
    return next;
}

static uint8_t first_kinds(uint32_t kinds)
{
    uint8_t states = 0;
    unsigned k;

    for (k = 0; k < 4; k++)
        if (kinds >> k & 1)
            states |= (uint8_t)(1u << (2 * k + (k & 1)));
    return states;
}

/* Some choice ends in a head that the first step's tail may follow. */
static bool can_close(uint8_t states)
{
    /* Recursive heads before first steps of kinds SN and SR: bits 5, 7. */
    return (states & ~0xa0u) != 0;
}

/* Has the arc a witness that holds nothing else on the path? */
static bool has_minimal(const struct component *c, uint32_t arc)
{
    uint32_t i;

    for (i = 0; i < c->arc[arc].sets; i++)
        if (is_apart(c, set_at(c, c->arc[arc].set + i), c->on_path))
            return true;
    return false;
}

static void put_on(struct component *c, uint32_t n)
{
    c->on_path[n / 64] |= 1ULL << n % 64;
}

static void take_off(struct component *c, uint32_t n)
{
    c->on_path[n / 64] &= ~(1ULL << n % 64);
}

static bool is_on(const struct component *c, uint32_t n)
{
    return c->on_path[n / 64] >> n % 64 & 1;
}

/* With n on the path, does every arc before it still have one? Leaves n on the
 * path if so. */
static bool stays_minimal(struct component *c, uint32_t n, uint32_t depth)
{
    uint32_t i;

    put_on(c, n);
    for (i = 0; i < depth; i++) {
        if (!has_minimal(c, c->path[i])) {
            take_off(c, n);
            return false;
        }
    }
    return true;
}

/* Distances to `start` along classes not smaller; against the arcs, by rounds
 * up to the limit. */
static void measure(struct component *c, uint32_t start)
{
    uint32_t a, n, round;
    bool changed = true;

    for (n = start; n < c->count; n++)
        c->distance[n] = NONE;
    c->distance[start] = 0;
    for (round = 1; changed && round < c->limit + 1; round++) {
        changed = false;
        for (a = c->first_arc[start]; a < c->arc_count; a++) {
            if (c->arc[a].to < start ||
                c->distance[c->arc[a].to] != round - 1 ||
                c->distance[c->arc[a].from] != NONE)
                continue;
            c->distance[c->arc[a].from] = round;
            changed = true;
        }
        a = c->arc_count - c->first_arc[start];
        c->effort -= c->effort < a ? c->effort : a;
    }
    c->measured = !changed;
}

/* Can it be step `depth` by its kinds? Notes the states after it. */
static bool can_follow(struct component *c, const struct arc *arc,
                       uint32_t depth)
{
    c->states[depth] = depth == 0
                           ? first_kinds(arc->kinds)
                           : follow_kinds(c->states[depth - 1], arc->kinds);
    return c->states[depth] != 0;
}

/* Is arc a worth following as step `depth`? A last step leads to the start.
 * Most are not: the cheap reasons come first. */
static bool is_worth(struct component *c, uint32_t a, uint32_t depth,
                     uint32_t start)
{
    const struct arc *arc = &c->arc[a];

    if (arc->to < start || !has_minimal(c, a))
        return false;
    if (arc->to == start)
        return depth + 1 == c->limit && can_follow(c, arc, depth) &&
               can_close(c->states[depth]);
    if (is_on(c, arc->to) || (c->distance[arc->to] == NONE && c->measured))
        return false;
    if (c->distance[arc->to] == NONE ||
        depth + 1 + c->distance[arc->to] > c->limit) {
        c->longer = true;
        return false;
    }
    if (!can_follow(c, arc, depth))
        return false;
    c->path[depth] = a;
    return stays_minimal(c, arc->to, depth + 1);
}

static bool tell(struct component *c, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        c->visited[i] = c->arc[c->path[i]].edge;
    return c->visit(c->context, c->visited, count);
}

/* All cycles of c->limit steps whose smallest class is `start`. */
static enum lv_graph_result search_from(struct component *c, uint32_t start)
{
    uint32_t depth = 0, a = c->first_arc[start], node = start;

    measure(c, start);
    put_on(c, start);
    for (;;) {
        if (a == c->first_arc[node + 1]) {
            take_off(c, node);
            if (depth == 0)
                return LV_GRAPH_ABSENT;
            a = c->path[--depth];
            node = c->arc[a++].from;
            continue;
        }
        if (c->effort == 0)
            return LV_GRAPH_BUDGET;
        c->effort--;
        if (!is_worth(c, a, depth, start)) {
            a++;
            continue;
        }
        c->path[depth] = a;
        if (c->arc[a].to == start) {
            if (tell(c, depth + 1))
                return LV_GRAPH_FOUND;
            a++;
            continue;
        }
        depth++;
        node = c->arc[a].to;
        a = c->first_arc[node];
    }
}

static enum lv_graph_result search_all(struct component *c)
{
    enum lv_graph_result result;
    uint32_t start;

    for (c->limit = 2; c->limit <= c->count; c->limit++) {
        c->longer = false;
        for (start = 0; start + 1 < c->count; start++) {
            result = search_from(c, start);
            if (result != LV_GRAPH_ABSENT)
                return result;
        }
        if (!c->longer)
            break;
    }
    return LV_GRAPH_ABSENT;
}

static void release(struct component *c)
{
    lv_free(c->arc);
    lv_free(c->first_arc);
    lv_free(c->set);
    lv_free(c->on_path);
    lv_free(c->path);
    lv_free(c->states);
    lv_free(c->distance);
    lv_free(c->visited);
}

static bool prepare(struct component *c)
{
    uint32_t n;

    c->words = (c->count + 63) / 64;
    c->first_arc = lv_calloc((size_t)c->count + 1, sizeof *c->first_arc);
    c->on_path = lv_calloc(c->words, sizeof *c->on_path);
    c->path = lv_calloc(c->count, sizeof *c->path);
    c->states = lv_calloc(c->count, sizeof *c->states);
    c->distance = lv_calloc(c->count, sizeof *c->distance);
    c->visited = lv_calloc(c->count, sizeof *c->visited);
    if (c->first_arc == NULL || c->on_path == NULL || c->path == NULL ||
        c->states == NULL || c->distance == NULL || c->visited == NULL)
        return false;
    for (n = 0; n < c->count; n++)
        if (!add_arcs(c, n))
            return false;
    c->first_arc[c->count] = c->arc_count;
    return true;
}

static bool by_component(const void *a, const void *b, const void *context)
{
    const struct place *left = a, *right = b;

    (void)context;
    if (left->component != right->component)
        return left->component < right->component;
    return left->class_id < right->class_id;
}

/* The classes that may be on cycles, sorted by component; once each. False: no
 * memory. */
static bool list_places(const struct lv_classes *classes, struct place **places,
                        uint32_t *count)
{
    struct lv_graph *graph = lv_classes_graph(classes);
    uint32_t e = NONE, room = 0, used = 0, kept = 0, i;
    struct place *place = NULL;

    while ((e = lv_graph_next_edge(graph, e)) != NONE) {
        if (!lv_graph_may_cycle(graph, e))
            continue;
        if (!lv_vector_reserve(&place, &room, (uint64_t)used + 1,
                               sizeof *place)) {
            lv_free(place);
            return false;
        }
        place[used].class_id = lv_graph_from(graph, e);
        place[used].component = lv_graph_component(graph, place[used].class_id);
        used++;
    }
    lv_sort(place, used, sizeof *place, by_component, NULL);
    for (i = 0; i < used; i++)
        if (kept == 0 || place[kept - 1].class_id != place[i].class_id)
            place[kept++] = place[i];
    *places = place;
    *count = kept;
    return true;
}

enum lv_graph_result lv_classes_each_cycle(
    struct lv_classes *classes, uint64_t effort,
    bool (*visit)(void *context, const uint32_t *edge, uint32_t count),
    void *context)
{
    enum lv_graph_result result = LV_GRAPH_ABSENT;
    struct place *place;
    uint32_t count, i, end;

    if (!list_places(classes, &place, &count))
        return LV_GRAPH_MEMORY;
    for (i = 0; i < count && result == LV_GRAPH_ABSENT; i = end) {
        struct component c = {.classes = classes,
                              .place = place + i,
                              .effort = effort,
                              .visit = visit,
                              .context = context};

        for (end = i + 1;
             end < count && place[end].component == place[i].component; end++)
            ;
        c.count = end - i;
        result = prepare(&c) ? search_all(&c) : LV_GRAPH_MEMORY;
        effort = c.effort;
        release(&c);
    }
    lv_free(place);
    return result;
}
