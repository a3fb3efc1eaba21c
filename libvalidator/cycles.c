/* SPDX-License-Identifier: BSD-2-Clause */
/* cycles.c: list every cycle once, for the tools.
 *
 * A cycle's KEY is its sequence of classes. Instance by instance, each witness
 * of each dependency is searched for its shortest cycle, as when it was
 * learned; so each dependency that lies on a cycle is in one that is listed.
 * The key of a cycle that passes a class twice is that of a shorter strong one
 * within it: neighbours of one class fold, then closed parts are cut out; so a
 * ring of eight locks of one class is listed as that class, and A1 B1 A2 B2 as
 * A B. Then each elementary strong cycle of classes (classes.h) that is not yet
 * an inversion is tried, first along instances, then across them; the worst
 * grade of a key is what is listed. Includes order_internal.h, classes.h,
 * memory.h, table.h. */
#include "classes.h"
#include "order_internal.h"

#include "memory.h"
#include "table.h"

#define NONE LV_WITNESS_NONE

/* Edges looked at, each: together some seconds at the worst. */
#define INSTANCE_EFFORT 300000000ULL
#define CLASS_EFFORT 300000000ULL
#define ALONG_EFFORT 20000u

/* Across instances: witnesses tried of a class edge, and of those how many of
 * one thread segment (those with fewest gates). */
#define ACROSS_MAX 512u
#define SEGMENT_MAX 4u

struct found {
    struct lv_step *step;
    uint32_t count;
    enum lv_grade grade;
    uint32_t number; /* in which it came */
};

struct listing {
    struct lv_order *order; /* its scratch is used, nothing else changes */
    enum lv_class_trust (*trust)(void *, uint32_t class_id);
    size_t limit;
    void *context;
    struct found *found;
    uint32_t found_count, found_room;
    struct lv_hash index; /* hash of key -> number in found + 1 */
    struct lv_classes *classes;
    uint32_t *key; /* the one being made */
    uint32_t *kind;
    uint32_t key_room, kind_room;
    bool no_memory, full;
};

/* ---- keys ---------------------------------------------------------------- */

/* Remove the classes [from, to) of a cyclic sequence, together with the steps
 * that leave them. */
static uint32_t cut(struct listing *listing, uint32_t count, uint32_t from,
                    uint32_t to)
{
    uint32_t left = count - (to - from);

    memmove(&listing->key[from], &listing->key[to],
            (count - to) * sizeof *listing->key);
    memmove(&listing->kind[from], &listing->kind[to],
            (count - to) * sizeof *listing->kind);
    return left;
}

/* Neighbours of one class become one, left in the last one's way. */
static uint32_t fold(struct listing *listing, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count && count > 1;) {
        if (listing->key[i] == listing->key[(i + 1) % count])
            count = cut(listing, count, i, i + 1);
        else
            i++;
    }
    return count;
}

static bool find_twice(const struct listing *listing, uint32_t count,
                       uint32_t *first, uint32_t *second)
{
    for (*first = 0; *first < count; ++*first)
        for (*second = *first + 1; *second < count; ++*second)
            if (listing->key[*first] == listing->key[*second])
                return true;
    return false;
}

/* A class that comes twice parts the sequence in two closed ones, of which at
 * least one is strong where it closes; keep that. Returns the count left. */
static uint32_t part(struct listing *listing, uint32_t count)
{
    uint32_t i, j;

    if (!find_twice(listing, count, &i, &j))
        return count;
    if (listing->kind[j - 1] & 1 && listing->kind[i] & 2)
        return cut(listing, count, i, j);
    count = cut(listing, count, j, count);
    return cut(listing, count, 0, i);
}

static uint64_t hash_key(const uint32_t *key, uint32_t count)
{
    uint64_t hash = count;
    uint32_t least = 0, i;

    for (i = 1; i < count; i++)
        if (key[i] < key[least])
            least = i;
    for (i = 0; i < count; i++)
        hash = lv_mix(hash, key[(least + i) % count]);
    return hash;
}

static bool reserve_key(struct listing *listing, uint32_t count)
{
    return lv_vector_reserve(&listing->key, &listing->key_room, count,
                             sizeof *listing->key) &&
           lv_vector_reserve(&listing->kind, &listing->kind_room, count,
                             sizeof *listing->kind);
}

/* 0: no memory. */
static uint64_t key_of_cycle(struct listing *listing,
                             const struct lv_cycle *cycle)
{
    uint32_t count = cycle->count, last = 0, i;

    if (!reserve_key(listing, count))
        return 0;
    for (i = 0; i < count; i++) {
        listing->key[i] = cycle->step[i].from_class;
        listing->kind[i] = cycle->step[i].kind;
    }
    while (count != last) {
        last = count;
        count = part(listing, fold(listing, count));
    }
    return hash_key(listing->key, count) | 1;
}

/* ---- what was found ------------------------------------------------------ */

static bool copy_steps(struct found *found, const struct lv_cycle *cycle)
{
    struct lv_step *step = lv_calloc(cycle->count, sizeof *step);

    if (step == NULL)
        return false;
    memcpy(step, cycle->step, cycle->count * sizeof *step);
    lv_free(found->step);
    found->step = step;
    found->count = cycle->count;
    found->grade = cycle->grade;
    return true;
}

static struct found *find_key(struct listing *listing, uint64_t key)
{
    const uint64_t *at = lv_hash_get(&listing->index, key);

    return at == NULL || *at == 0 ? NULL : &listing->found[*at - 1];
}

static struct found *add_key(struct listing *listing, uint64_t key)
{
    uint64_t *at = lv_hash_put(&listing->index, key);
    uint32_t number = listing->found_count;

    if (at == NULL ||
        !lv_vector_reserve(&listing->found, &listing->found_room,
                           (uint64_t)number + 1, sizeof *listing->found))
        return NULL;
    *at = (uint64_t)number + 1;
    listing->found[number] = (struct found){.number = number};
    listing->found_count++;
    return &listing->found[number];
}

/* Keep the worst of a key, and of those the shortest. */
static void keep(struct listing *listing, uint64_t key,
                 const struct lv_cycle *cycle)
{
    struct found *found = find_key(listing, key);

    if (found != NULL &&
        (found->grade < cycle->grade ||
         (found->grade == cycle->grade && found->count <= cycle->count)))
        return;
    if (found == NULL && listing->found_count >= listing->limit) {
        listing->full = true;
        return;
    }
    if (found == NULL)
        found = add_key(listing, key);
    if (found == NULL || !copy_steps(found, cycle))
        listing->no_memory = true;
}

static bool is_over(const struct listing *listing)
{
    return listing->no_memory || listing->full;
}

/* ---- among instances ----------------------------------------------------- */

static void keep_cycle(void *context, const struct lv_cycle *cycle)
{
    struct listing *listing = context;
    uint64_t key = key_of_cycle(listing, cycle);

    if (key == 0)
        listing->no_memory = true;
    else
        keep(listing, key, cycle);
}

/* One search serves all witnesses of a flavour. */
static bool is_first_of_flavour(const struct lv_order *order, uint32_t edge,
                                uint32_t witness)
{
    uint32_t w;

    for (w = order->newest[edge]; w != witness; w = order->witness[w].next)
        if (order->witness[w].flavour == order->witness[witness].flavour)
            return false;
    return true;
}

static void search_instances(struct listing *listing)
{
    struct lv_order *order = listing->order;
    uint64_t end = lv_graph_effort(order->graph) + INSTANCE_EFFORT;
    uint32_t e = LV_GRAPH_NONE, w;

    while ((e = lv_graph_next_edge(order->graph, e)) != LV_GRAPH_NONE) {
        if (!lv_graph_may_cycle(order->graph, e) || e >= order->newest_room)
            continue;
        for (w = order->newest[e]; w != NONE; w = order->witness[w].next) {
            if (!is_first_of_flavour(order, e, w))
                continue;
            if (!lv_order_search(order, e, &order->witness[w], keep_cycle,
                                 listing))
                listing->no_memory = true;
            if (is_over(listing))
                return;
            if (lv_graph_effort(order->graph) > end) {
                listing->full = true;
                return;
            }
        }
    }
}

/* ---- along a class cycle, from instance to instance ---------------------- */

struct along {
    struct listing *listing;
    const uint32_t *edge; /* of the class graph */
    uint32_t count;
    struct lv_graph_step *path; /* of the instance graph */
    uint32_t effort;
    struct found best; /* steps are copies */
};

/* Does instance edge e show the class edge of step i? */
static bool shows(const struct along *along, uint32_t e, uint32_t i)
{
    const struct lv_order *order = along->listing->order;
    const struct lv_graph *classes = lv_classes_graph(along->listing->classes);
    uint32_t from = lv_graph_from(classes, along->edge[i]);
    uint32_t to = lv_graph_to(classes, along->edge[i]), w;

    if (!lv_graph_may_cycle(order->graph, e) || e >= order->newest_room)
        return false;
    for (w = order->newest[e]; w != NONE; w = order->witness[w].next) {
        const struct lv_witness *witness = &order->witness[w];

        if (witness->seen->hold[witness->hold].class_id == from &&
            witness->seen->wanted.class_id == to)
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
        !copy_steps(&along->best, &cycle))
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
static void search_along(struct listing *listing, const uint32_t *edge,
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
        keep(listing, key, &cycle);
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
        if (worst == NONE || list[i]->gates->count > list[worst]->gates->count)
            worst = i;
    }
    if (alike >= SEGMENT_MAX) {
        if (list[worst]->gates->count > witness->gates->count)
            list[worst] = witness;
        return count;
    }
    if (count < ACROSS_MAX)
        list[count++] = witness;
    return count;
}

static bool gather_across(struct listing *listing, const uint32_t *edge,
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

static bool smaller(const void *a, const void *b, const void *context)
{
    const uint32_t *left = a, *right = b;

    (void)context;
    return *left < *right;
}

static bool reserve_across(struct listing *listing, uint32_t count)
{
    struct lv_order *order = listing->order;

    return reserve_key(listing, count) && lv_order_reserve(order, count) &&
           lv_vector_reserve(&order->candidate, &order->candidate_room,
                             (uint64_t)count * ACROSS_MAX,
                             sizeof *order->candidate);
}

/* An inversion across instances is of a class grade. */
static enum lv_grade grade_across(const struct listing *listing, uint32_t count,
                                  enum lv_grade grade)
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

static void search_across(struct listing *listing, const uint32_t *edge,
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
    lv_sort(listing->key, count, sizeof *listing->key, smaller, NULL);
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
    keep(listing, key, &cycle);
}

static bool visit_classes(void *context, const uint32_t *edge, uint32_t count)
{
    struct listing *listing = context;
    struct lv_graph *classes = lv_classes_graph(listing->classes);
    struct found *found;
    uint64_t key;
    uint32_t i;

    if (!reserve_key(listing, count)) {
        listing->no_memory = true;
        return true;
    }
    for (i = 0; i < count; i++)
        listing->key[i] = lv_graph_from(classes, edge[i]);
    key = hash_key(listing->key, count) | 1;
    found = find_key(listing, key);
    if (found == NULL || found->grade != LV_GRADE_INVERSION)
        search_along(listing, edge, count, key);
    found = find_key(listing, key);
    if (found == NULL || found->grade != LV_GRADE_INVERSION)
        search_across(listing, edge, count, key);
    return is_over(listing);
}

static bool add_all(struct listing *listing)
{
    struct lv_order *order = listing->order;
    uint32_t e = LV_GRAPH_NONE, w;

    while ((e = lv_graph_next_edge(order->graph, e)) != LV_GRAPH_NONE) {
        if (e >= order->newest_room)
            continue;
        for (w = order->newest[e]; w != NONE; w = order->witness[w].next)
            if (!lv_classes_add(listing->classes, &order->witness[w]))
                return false;
    }
    return true;
}

static void search_classes(struct listing *listing)
{
    enum lv_graph_result result;

    listing->classes = lv_classes_new(false);
    if (listing->classes == NULL || !add_all(listing)) {
        listing->no_memory = true;
        return;
    }
    result = lv_classes_each_cycle(listing->classes, CLASS_EFFORT,
                                   visit_classes, listing);
    listing->no_memory |= result == LV_GRAPH_MEMORY;
    listing->full |= result == LV_GRAPH_BUDGET;
}

/* ---- the list ------------------------------------------------------------ */

/* Do the steps meet in instances, not just in classes? */
static bool is_among_instances(const struct found *found)
{
    uint32_t i;

    for (i = 0; i < found->count; i++)
        if (found->step[i].to != found->step[(i + 1) % found->count].from)
            return false;
    return true;
}

static bool before(const void *a, const void *b, const void *context)
{
    const struct found *left = a, *right = b;
    bool one = is_among_instances(left), other = is_among_instances(right);

    (void)context;
    if (one != other)
        return one;
    if (left->count != right->count)
        return left->count < right->count;
    return left->number < right->number;
}

bool lv_order_cycles(const struct lv_order *order,
                     enum lv_class_trust (*trust)(void *, uint32_t class_id),
                     size_t limit, lv_order_closed *found, void *context)
{
    struct listing listing = {.order = (struct lv_order *)(uintptr_t)order,
                              .trust = trust,
                              .limit = limit,
                              .context = context};
    struct lv_cycle cycle;
    uint32_t i;

    search_instances(&listing);
    search_classes(&listing);
    lv_sort(listing.found, listing.found_count, sizeof *listing.found, before,
            NULL);
    for (i = 0; i < listing.found_count; i++) {
        if (listing.found[i].step == NULL)
            continue;
        cycle =
            (struct lv_cycle){listing.found[i].grade, listing.found[i].count,
                              listing.found[i].step};
        found(context, &cycle);
        lv_free(listing.found[i].step);
    }
    lv_classes_free(listing.classes);
    lv_free(listing.found);
    lv_free(listing.index.slot);
    lv_free(listing.key);
    lv_free(listing.kind);
    return !is_over(&listing);
}

/* ---- dependencies of classes --------------------------------------------- */

struct pair {
    uint64_t key; /* from << 32 | to; must be first */
    uint64_t count;
    unsigned kinds;
};

struct pairs {
    struct pair *pair;
    struct lv_table index;
    uint32_t count, room;
};

static void count_witness(struct pairs *pairs, const struct lv_witness *witness)
{
    uint64_t key = (uint64_t)witness->seen->hold[witness->hold].class_id << 32 |
                   witness->seen->wanted.class_id;
    uint32_t p;

    p = lv_table_find(&pairs->index, pairs->pair, sizeof *pairs->pair, key);
    if (p == LV_TABLE_NONE) {
        if (!lv_table_reserve(&pairs->index, pairs->pair,
                              sizeof *pairs->pair) ||
            !lv_vector_reserve(&pairs->pair, &pairs->room,
                               (uint64_t)pairs->count + 1, sizeof *pairs->pair))
            return;
        p = pairs->count++;
        pairs->pair[p] = (struct pair){.key = key};
        lv_table_add(&pairs->index, pairs->pair, sizeof *pairs->pair, p);
    }
    pairs->pair[p].count += witness->count;
    pairs->pair[p].kinds |= 1u << witness->kind;
}

void lv_order_each(const struct lv_order *order, lv_order_dependency *visit,
                   void *context)
{
    struct pairs pairs = {0};
    uint32_t e = LV_GRAPH_NONE, w, i;

    while ((e = lv_graph_next_edge(order->graph, e)) != LV_GRAPH_NONE) {
        if (e >= order->newest_room)
            continue;
        for (w = order->newest[e]; w != NONE; w = order->witness[w].next)
            count_witness(&pairs, &order->witness[w]);
    }
    for (i = 0; i < pairs.count; i++)
        visit(context, (uint32_t)(pairs.pair[i].key >> 32),
              (uint32_t)pairs.pair[i].key, pairs.pair[i].kinds,
              pairs.pair[i].count);
    lv_table_free(&pairs.index);
    lv_free(pairs.pair);
}
