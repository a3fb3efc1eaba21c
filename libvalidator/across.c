/* SPDX-License-Identifier: BSD-2-Clause */
/* across.c: cycles of classes, among instances where there is one that was not
 * found through its dependencies (each is on a shorter one), and across them.
 * Across instances, a choice of witnesses that would be an inversion is of a
 * class grade; threads, create and join, and gates count as among instances.
 *
 * A class is of the program, not of a process: the halves of a cycle of classes
 * may come from a process and one that it forked, each with its private copies
 * of the locks. Those two never wait for each other, but both run the same
 * code, and what two of its runs show counts the same between records
 * (tools/cross.c). Instances are never paired so: none is of two processes but
 * in shared memory or on a file.
 * Includes listing.h, memory.h, table.h. */
#include "listing.h"

#include "memory.h"
#include "table.h"

#define NONE LV_WITNESS_NONE

/* Edges looked at, in all and for one cycle. */
#define CLASS_EFFORT 300000000ULL
#define ALONG_EFFORT 20000u

/* Witnesses tried of a class edge, and of those how many of one thread segment
 * (those with fewest gates). */
#define ACROSS_MAX 512u
#define SEGMENT_MAX 4u

/* ---- along a class cycle, from instance to instance ---------------------- */

struct along {
    struct lv_listing *listing;
    const uint32_t *edge; /* of the class graph */
    uint32_t count;
    struct lv_graph_step *path; /* of the instance graph */
    uint32_t effort;
    struct lv_found best; /* steps are copies */
};

/* Does instance edge e show the class edge of step i? */
static bool shows(const struct along *along, uint32_t e, uint32_t i)
{
    const struct lv_order *order = along->listing->order;
    const struct lv_graph *classes = lv_classes_graph(along->listing->classes);
    uint32_t from = lv_graph_from(classes, along->edge[i]);
    uint32_t to = lv_graph_to(classes, along->edge[i]), w;

    if (!lv_graph_may_cycle(order->graph, e))
        return false;
    for (w = lv_order_newest(order, e); w != NONE; w = order->witness[w].next) {
        const struct lv_witness *witness = &order->witness[w];

        if (lv_classes_of(along->listing->classes,
                          witness->seen->hold[witness->hold].class_id) ==
                from &&
            lv_classes_of(along->listing->classes,
                          witness->seen->wanted.class_id) == to)
            return true;
    }
    return false;
}

static void judge_path(struct along *along)
{
    struct lv_cycle cycle;
    enum lv_judged judged;

    judged = lv_order_judge(along->listing->order, along->path, along->count,
                            &cycle);
    if (judged == LV_JUDGED_CYCLE &&
        (along->best.step == NULL || cycle.grade < along->best.grade) &&
        !lv_found_copy(&along->best, &cycle))
        judged = LV_JUDGED_MEMORY;
    if (judged == LV_JUDGED_MEMORY)
        along->listing->no_memory = true;
}

static bool has_enough(const struct along *along)
{
    return along->effort == 0 || along->listing->no_memory ||
           (along->best.step != NULL &&
            along->best.grade == LV_GRADE_INVERSION);
}

/* All ways to close the cycle from instance edge `first` as step 0. */
static void walk_along(struct along *along, uint32_t first)
{
    const struct lv_graph *graph = along->listing->order->graph;
    uint32_t depth = 1, start = lv_graph_from(graph, first), e, to;

    along->path[0].edge = first;
    e = lv_graph_first_out(graph, lv_graph_to(graph, first));
    while (!has_enough(along)) {
        if (e == LV_GRAPH_NONE) {
            if (--depth == 0)
                return;
            e = lv_graph_next_out(graph, along->path[depth].edge);
            continue;
        }
        along->effort--;
        to = lv_graph_to(graph, e);
        if ((depth + 1 == along->count) != (to == start) ||
            !shows(along, e, depth)) {
            e = lv_graph_next_out(graph, e);
            continue;
        }
        along->path[depth].edge = e;
        if (to == start) {
            judge_path(along);
            e = lv_graph_next_out(graph, e);
            continue;
        }
        depth++;
        e = lv_graph_first_out(graph, to);
    }
}

/* The worst cycle of instances along a class cycle, if there is one. */
static void search_along(struct lv_listing *listing, const uint32_t *edge,
                         uint32_t count, uint64_t key)
{
    struct along along = {.listing = listing,
                          .edge = edge,
                          .count = count,
                          .effort = ALONG_EFFORT};
    struct lv_order *order = listing->order;
    const struct lv_witness *witness;
    uint32_t at = LV_GRAPH_NONE, e, last = LV_GRAPH_NONE;
    struct lv_cycle cycle;

    along.path = lv_calloc(count, sizeof *along.path);
    if (along.path == NULL) {
        listing->no_memory = true;
        return;
    }
    while (!has_enough(&along) &&
           (witness = lv_classes_next(listing->classes, edge[0], &at)) !=
               NULL) {
        e = lv_graph_find(order->graph,
                          witness->seen->hold[witness->hold].instance,
                          witness->seen->wanted.instance);
        along.effort--;
        if (e != LV_GRAPH_NONE && e != last &&
            lv_graph_may_cycle(order->graph, e))
            walk_along(&along, e);
        last = e;
    }
    if (along.best.step != NULL) {
        cycle = (struct lv_cycle){along.best.grade, along.best.count,
                                  along.best.step};
        lv_listing_keep(listing, key, &cycle);
    }
    lv_free(along.best.step);
    lv_free(along.path);
}

/* ---- across instances ---------------------------------------------------- */

/* Enter a candidate unless SEGMENT_MAX of its thread segment have as few
 * gates. */
static uint32_t enter(const struct lv_witness **list, uint32_t count,
                      const struct lv_witness *witness)
{
    uint32_t i, alike = 0, worst = NONE;

    for (i = 0; i < count; i++) {
        if (list[i]->seen->thread != witness->seen->thread ||
            list[i]->seen->segment != witness->seen->segment)
            continue;
        alike++;
        if (worst == NONE ||
            lv_gates_count(list[i]->seen) > lv_gates_count(list[worst]->seen))
            worst = i;
    }
    if (alike >= SEGMENT_MAX) {
        if (lv_gates_count(list[worst]->seen) > lv_gates_count(witness->seen))
            list[worst] = witness;
        return count;
    }
    if (count < ACROSS_MAX)
        list[count++] = witness;
    return count;
}

static bool gather_across(struct lv_listing *listing, const uint32_t *edge,
                          uint32_t count)
{
    struct lv_order *order = listing->order;
    const struct lv_witness *witness, **list;
    uint32_t i, at, used;

    for (i = 0; i < count; i++) {
        list = order->candidate + (size_t)i * ACROSS_MAX;
        used = 0;
        at = LV_GRAPH_NONE;
        while ((witness = lv_classes_next(listing->classes, edge[i], &at)) !=
               NULL)
            if (lv_classes_is_minimal(listing->classes, witness, listing->key,
                                      count))
                used = enter(list, used, witness);
        if (used == 0)
            return false;
        order->candidates[i] = (struct lv_candidates){list, used};
    }
    return true;
}

static bool reserve_across(struct lv_listing *listing, uint32_t count)
{
    struct lv_order *order = listing->order;

    return lv_listing_reserve(listing, count) &&
           lv_order_reserve(order, count) &&
           lv_vector_reserve(&order->candidate, &order->candidate_room,
                             (uint64_t)count * ACROSS_MAX,
                             sizeof *order->candidate);
}

/* An inversion across instances is of a class grade. */
static enum lv_grade grade_across(const struct lv_listing *listing,
                                  uint32_t count, enum lv_grade grade)
{
    uint32_t i;

    if (grade != LV_GRADE_INVERSION)
        return grade;
    for (i = 0; i < count; i++)
        if (listing->trust(listing->context, listing->key[i]) !=
            LV_TRUST_DECLARED)
            return LV_GRADE_CLASS_INFERRED;
    return LV_GRADE_CLASS;
}

static void search_across(struct lv_listing *listing, const uint32_t *edge,
                          uint32_t count, uint64_t key)
{
    struct lv_graph *classes = lv_classes_graph(listing->classes);
    struct lv_order *order = listing->order;
    enum lv_judged judged;
    struct lv_cycle cycle;
    uint32_t i;

    if (!reserve_across(listing, count)) {
        listing->no_memory = true;
        return;
    }
    for (i = 0; i < count; i++)
        listing->key[i] = lv_graph_from(classes, edge[i]);
    lv_sort_ids(listing->key, count);
    if (!gather_across(listing, edge, count))
        return;
    judged = lv_grade_choose(order->segments, order->candidates, count,
                             order->chosen, &cycle.grade);
    listing->no_memory |= judged == LV_JUDGED_MEMORY;
    if (judged != LV_JUDGED_CYCLE)
        return;
    cycle.grade = grade_across(listing, count, cycle.grade);
    for (i = 0; i < count; i++)
        lv_order_write_step(&order->step[i], order->chosen[i]);
    cycle.count = count;
    cycle.step = order->step;
    lv_listing_keep(listing, key, &cycle);
}

static bool visit_classes(void *context, const uint32_t *edge, uint32_t count)
{
    struct lv_listing *listing = context;
    struct lv_graph *classes = lv_classes_graph(listing->classes);
    struct lv_found *found;
    uint64_t key;
    uint32_t i;

    if (!lv_listing_reserve(listing, count)) {
        listing->no_memory = true;
        return true;
    }
    for (i = 0; i < count; i++)
        listing->key[i] = lv_graph_from(classes, edge[i]);
    key = lv_listing_hash(listing->key, count);
    found = lv_listing_find(listing, key);
    if (found == NULL || found->grade != LV_GRADE_INVERSION)
        search_along(listing, edge, count, key);
    found = lv_listing_find(listing, key);
    if (found == NULL || found->grade != LV_GRADE_INVERSION)
        search_across(listing, edge, count, key);
    return lv_listing_is_over(listing);
}

static bool add_all(struct lv_listing *listing)
{
    struct lv_order *order = listing->order;
    uint32_t e = LV_GRAPH_NONE, w;

    while ((e = lv_graph_next_edge(order->graph, e)) != LV_GRAPH_NONE)
        for (w = lv_order_newest(order, e); w != NONE;
             w = order->witness[w].next)
            if (!lv_classes_add(listing->classes, &order->witness[w]))
                return false;
    return true;
}

void lv_listing_search_classes(struct lv_listing *listing)
{
    enum lv_graph_result result;

    if (!add_all(listing)) {
        listing->no_memory = true;
        return;
    }
    result = lv_classes_each_cycle(listing->classes, CLASS_EFFORT,
                                   visit_classes, listing);
    listing->no_memory |= result == LV_GRAPH_MEMORY;
    listing->full |= result == LV_GRAPH_BUDGET;
}
