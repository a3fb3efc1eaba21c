/* SPDX-License-Identifier: BSD-2-Clause */
/* order.c: learn dependencies from observations, and tell what they close.
 *
 * Each dependency keeps its witnesses, newest first: one per thread, segment
 * and flavour (kind, classes, gates), of one thread the first and the latest,
 * at most FLAVOUR_MAX of a flavour and WITNESS_MAX in all. Then a newer one
 * takes the place of the latest that is known to be over before it, or else of
 * the oldest: whatever comes and can overlap what is over can overlap the newer
 * one as well. What this can lose is an inversion, to a lesser grade, of
 * several threads that did alike before many others; a new witness is always
 * tried itself.
 *
 * A witness is tried by a search for the shortest strong cycle through its
 * dependency, in its kind, past all other locks that its thread held: through
 * those, the cycle would not be minimal (witness.h).
 * Includes order_internal.h, memory.h, table.h. Listing is cycles.c. */
#include "order_internal.h"

#include "memory.h"
#include "table.h"

#define FLAVOUR_MAX 16u
#define THREAD_MAX 2u
#define WITNESS_MAX 64u

/* Of the longer cycles, where the shortest is no inversion. */
#define LONGER_MAX 32u
#define LONGER_BUDGET 2048u

#define NONE LV_WITNESS_NONE

struct lv_order *lv_order_new(const struct lv_segments *segments)
{
    struct lv_order *order = lv_calloc(1, sizeof *order);

    if (order == NULL)
        return NULL;
    order->graph = lv_graph_new();
    if (order->graph == NULL) {
        lv_free(order);
        return NULL;
    }
    order->segments = segments;
    order->witness_free = NONE;
    return order;
}

void lv_order_free(struct lv_order *order)
{
    if (order == NULL)
        return;
    lv_graph_free(order->graph);
    lv_free(order->witness);
    lv_free(order->told.slot);
    lv_free(order->step);
    lv_free(order->lock);
    lv_free(order->candidate);
    lv_free(order->candidates);
    lv_free(order->chosen);
    lv_free(order->avoid);
    lv_free(order);
}

uint64_t lv_order_dependencies(const struct lv_order *order)
{
    return lv_graph_edge_count(order->graph);
}

/* ---- witnesses ----------------------------------------------------------- */

static void drop_witness(struct lv_order *order, uint32_t w)
{
    order->witness[w].next = order->witness_free;
    order->witness_free = w;
}

static uint32_t take_witness(struct lv_order *order)
{
    uint32_t w = order->witness_free;

    if (w != NONE) {
        order->witness_free = order->witness[w].next;
        return w;
    }
    if (!lv_vector_reserve(&order->witness, &order->witness_room,
                           (uint64_t)order->witness_end + 1,
                           sizeof *order->witness))
        return NONE;
    return order->witness_end++;
}

static uint64_t flavour_of(const struct lv_rec_observation *seen, uint32_t i,
                           const struct lv_gates *gates, enum lv_dep_kind kind)
{
    uint64_t classes =
        (uint64_t)seen->hold[i].class_id << 32 | seen->wanted.class_id;
    uint64_t how = (uint64_t)(seen->wanted.how >> LV_HOW_OWNER_SHIFT) << 32 |
                   (seen->hold[i].how & LV_HOW_UNPUBLISHED) | kind;

    return lv_mix(lv_mix(gates->hash, classes), how);
}

/* What is known of a dependency that a new witness may be like. */
struct census {
    uint32_t same;  /* this very one, or NONE */
    uint32_t alike; /* of its flavour */
    uint32_t all;
    uint32_t before_alike; /* the one before the oldest of the flavour */
    uint32_t before_oldest;
    uint32_t of_thread;     /* of its flavour and thread */
    uint32_t before_latest; /* the one before the newest of these */
};

static struct census count_witnesses(const struct lv_order *order,
                                     uint32_t newest, uint64_t flavour,
                                     const struct lv_rec_observation *seen)
{
    struct census census = {NONE, 0, 0, NONE, NONE, 0, NONE};
    uint32_t w, before = NONE;

    for (w = newest; w != NONE; before = w, w = order->witness[w].next) {
        census.all++;
        census.before_oldest = before;
        if (order->witness[w].flavour != flavour)
            continue;
        census.alike++;
        census.before_alike = before;
        if (order->witness[w].seen->thread != seen->thread)
            continue;
        if (order->witness[w].seen->segment == seen->segment) {
            census.same = w;
            break;
        }
        if (census.of_thread++ == 0)
            census.before_latest = before;
    }
    return census;
}

static void set_newest(struct lv_order *order, uint32_t edge, uint32_t w)
{
    lv_graph_set_value(order->graph, edge,
                       w == NONE ? 0 : (uint64_t)w << 1 | 1);
}

/* Returns how many observations it stood for. */
static uint32_t unlink_after(struct lv_order *order, uint32_t edge,
                             uint32_t before)
{
    uint32_t w = before == NONE ? lv_order_newest(order, edge)
                                : order->witness[before].next;

    if (before == NONE)
        set_newest(order, edge, order->witness[w].next);
    else
        order->witness[before].next = order->witness[w].next;
    drop_witness(order, w);
    return order->witness[w].count;
}

/* The one before the newest of the flavour that is over before `seen`; if there
 * is none, before the oldest of the flavour. */
static uint32_t choose_leaver(const struct lv_order *order, uint32_t newest,
                              uint64_t flavour,
                              const struct lv_rec_observation *seen,
                              uint32_t before_oldest)
{
    uint32_t w, before = NONE;

    for (w = newest; w != NONE; before = w, w = order->witness[w].next)
        if (order->witness[w].flavour == flavour &&
            !lv_segments_overlap(
                order->segments, order->witness[w].seen->thread,
                order->witness[w].seen->segment, seen->thread, seen->segment))
            return before;
    return before_oldest;
}

/* Of what is alike, only so many stay; returns how many observations those that
 * went stood for. */
static uint32_t make_room(struct lv_order *order, uint32_t edge,
                          const struct census *census, uint64_t flavour,
                          const struct lv_rec_observation *seen)
{
    if (census->of_thread >= THREAD_MAX)
        return unlink_after(order, edge, census->before_latest);
    if (census->alike >= FLAVOUR_MAX)
        return unlink_after(order, edge,
                            choose_leaver(order, lv_order_newest(order, edge),
                                          flavour, seen, census->before_alike));
    if (census->all >= WITNESS_MAX)
        return unlink_after(order, edge, census->before_oldest);
    return 0;
}

enum added { ADDED, KNOWN, NO_MEMORY };

static enum added add_witness(struct lv_order *order, uint32_t edge,
                              const struct lv_rec_observation *seen, uint32_t i,
                              enum lv_dep_kind kind)
{
    struct lv_gates gates = lv_gates_of(seen);
    uint64_t flavour = flavour_of(seen, i, &gates, kind);
    struct census census = {.same = NONE};
    uint32_t w;

    if (lv_order_newest(order, edge) != NONE)
        census =
            count_witnesses(order, lv_order_newest(order, edge), flavour, seen);
    if (census.same != NONE) {
        order->witness[census.same].count++;
        return KNOWN;
    }
    w = take_witness(order);
    if (w == NONE)
        return NO_MEMORY;
    order->witness[w] = (struct lv_witness){
        .seen = seen,
        .gates = gates.bits,
        .flavour = flavour,
        .hold = i,
        .kind = kind,
        .count = 1 + make_room(order, edge, &census, flavour, seen)};
    order->witness[w].next = lv_order_newest(order, edge);
    set_newest(order, edge, w);
    return ADDED;
}

/* What the edge has in a witness's place, or NULL. */
static const struct lv_rec_observation *seen_once(const struct lv_order *order,
                                                  uint32_t edge)
{
    uint64_t value = lv_graph_value(order->graph, edge);

    return value & 1 ? NULL
                     : (const struct lv_rec_observation *)(uintptr_t)value;
}

bool lv_order_settle(struct lv_order *order, uint32_t edge)
{
    const struct lv_rec_observation *seen = seen_once(order, edge);

    if (seen == NULL)
        return true;
    set_newest(order, edge, NONE);
    if (add_witness(order, edge, seen, 0, lv_kind(seen, 0)) == ADDED)
        return true;
    lv_graph_set_value(order->graph, edge, (uintptr_t)seen);
    return false;
}

/* ---- judging one cycle --------------------------------------------------- */

/* Does the witness hold no lock of the cycle but its own? */
static bool is_minimal(const struct lv_witness *witness, const uint32_t *lock,
                       uint32_t count)
{
    const struct lv_rec_observation *seen = witness->seen;
    uint32_t own = seen->hold[witness->hold].instance, i;

    for (i = 0; i < seen->count; i++)
        if (seen->hold[i].instance != own &&
            lv_ids_contain(lock, count, seen->hold[i].instance) &&
            lv_draws_from(seen, i, false))
            return false;
    return true;
}

bool lv_order_reserve(struct lv_order *order, uint32_t count)
{
    return lv_vector_reserve(&order->step, &order->step_room, count,
                             sizeof *order->step) &&
           lv_vector_reserve(&order->lock, &order->lock_room, count,
                             sizeof *order->lock) &&
           lv_vector_reserve(&order->candidates, &order->candidates_room, count,
                             sizeof *order->candidates) &&
           lv_vector_reserve(&order->chosen, &order->chosen_room, count,
                             sizeof *order->chosen) &&
           lv_vector_reserve(&order->candidate, &order->candidate_room,
                             (uint64_t)count * WITNESS_MAX,
                             sizeof *order->candidate);
}

/* The minimal witnesses of each step. False: some step has none. */
static bool gather(struct lv_order *order, const struct lv_graph_step *path,
                   uint32_t count)
{
    uint32_t i, w, used = 0, first;

    for (i = 0; i < count; i++) {
        first = used;
        for (w = lv_order_newest(order, path[i].edge); w != NONE;
             w = order->witness[w].next)
            if (is_minimal(&order->witness[w], order->lock, count))
                order->candidate[used++] = &order->witness[w];
        if (used == first)
            return false;
        order->candidates[i] =
            (struct lv_candidates){&order->candidate[first], used - first};
    }
    return true;
}

void lv_order_write_step(struct lv_step *step, const struct lv_witness *witness)
{
    const struct lv_rec_observation *seen = witness->seen;

    step->from = seen->hold[witness->hold].instance;
    step->to = seen->wanted.instance;
    step->from_class = seen->hold[witness->hold].class_id;
    step->to_class = seen->wanted.class_id;
    step->kind = (enum lv_dep_kind)witness->kind;
    step->seen = seen;
    step->hold = witness->hold;
}

enum lv_judged lv_order_judge(struct lv_order *order,
                              const struct lv_graph_step *path, uint32_t count,
                              struct lv_cycle *cycle)
{
    enum lv_judged judged;
    uint32_t i;

    if (!lv_order_reserve(order, count))
        return LV_JUDGED_MEMORY;
    for (i = 0; i < count; i++)
        if (!lv_order_settle(order, path[i].edge))
            return LV_JUDGED_MEMORY;
    for (i = 0; i < count; i++)
        order->lock[i] = lv_graph_from(order->graph, path[i].edge);
    lv_sort_ids(order->lock, count);
    for (i = 1; i < count; i++)
        if (order->lock[i - 1] == order->lock[i])
            return LV_JUDGED_NONE;
    if (!gather(order, path, count))
        return LV_JUDGED_NONE;
    judged = lv_grade_choose(order->segments, order->candidates, count,
                             order->chosen, &cycle->grade);
    if (judged != LV_JUDGED_CYCLE)
        return judged;
    for (i = 0; i < count; i++)
        lv_order_write_step(&order->step[i], order->chosen[i]);
    cycle->count = count;
    cycle->step = order->step;
    return LV_JUDGED_CYCLE;
}

/* ---- searching through one witness --------------------------------------- */

struct longer {
    struct lv_order *order;
    struct lv_graph_step *worst; /* path of the worst so far */
    uint32_t worst_room, worst_count;
    enum lv_grade grade;
    uint32_t left;
    bool no_memory;
};

static bool try_cycle(void *context, const struct lv_graph_step *path,
                      uint32_t count)
{
    struct longer *longer = context;
    struct lv_cycle cycle;
    enum lv_judged judged;

    judged = lv_order_judge(longer->order, path, count, &cycle);
    if (judged == LV_JUDGED_CYCLE &&
        (longer->worst_count == 0 || cycle.grade < longer->grade)) {
        if (lv_vector_reserve(&longer->worst, &longer->worst_room, count,
                              sizeof *longer->worst)) {
            memcpy(longer->worst, path, count * sizeof *path);
            longer->worst_count = count;
            longer->grade = cycle.grade;
        } else {
            judged = LV_JUDGED_MEMORY;
        }
    }
    longer->no_memory |= judged == LV_JUDGED_MEMORY;
    return longer->no_memory || --longer->left == 0 ||
           (longer->worst_count != 0 && longer->grade == LV_GRADE_INVERSION);
}

/* Locks that the witness's thread held besides. */
static bool list_avoided(struct lv_order *order,
                         const struct lv_witness *witness,
                         struct lv_graph_query *query)
{
    const struct lv_rec_observation *seen = witness->seen;
    uint32_t i;

    if (!lv_vector_reserve(&order->avoid, &order->avoid_room, seen->count,
                           sizeof *order->avoid))
        return false;
    query->avoid = order->avoid;
    query->avoid_count = 0;
    for (i = 0; i < seen->count; i++)
        if (lv_draws_from(seen, i, false))
            order->avoid[query->avoid_count++] = seen->hold[i].instance;
    return true;
}

bool lv_order_search(struct lv_order *order, uint32_t edge,
                     const struct lv_witness *witness, lv_order_closed *found,
                     void *context)
{
    struct lv_graph_query query = {
        .edge = edge, .kind = witness->kind, .budget = LONGER_BUDGET};
    struct longer longer = {.order = order, .left = LONGER_MAX};
    const struct lv_graph_step *path;
    enum lv_graph_result result;
    enum lv_judged judged;
    struct lv_cycle cycle;
    uint32_t count;

    if (!list_avoided(order, witness, &query))
        return false;
    result = lv_graph_shortest(order->graph, &query, &path, &count);
    if (result != LV_GRAPH_FOUND)
        return result != LV_GRAPH_MEMORY;
    try_cycle(&longer, path, count);
    if (!longer.no_memory &&
        (longer.worst_count == 0 || longer.grade != LV_GRADE_INVERSION))
        result = lv_graph_each_cycle(order->graph, &query, UINT32_MAX,
                                     try_cycle, &longer);
    if (longer.worst_count > 0) {
        judged =
            lv_order_judge(order, longer.worst, longer.worst_count, &cycle);
        longer.no_memory |= judged == LV_JUDGED_MEMORY;
        if (judged == LV_JUDGED_CYCLE)
            found(context, &cycle);
    }
    lv_free(longer.worst);
    return !longer.no_memory && result != LV_GRAPH_MEMORY;
}

/* ---- learning ------------------------------------------------------------ */

struct teller {
    struct lv_order *order;
    lv_order_closed *closed;
    void *context;
    bool no_memory;
};

/* The cycle's locks, from the smallest on. */
static uint64_t hash_cycle(const struct lv_cycle *cycle)
{
    uint64_t hash = cycle->count;
    uint32_t first = 0, i;

    for (i = 1; i < cycle->count; i++)
        if (cycle->step[i].from < cycle->step[first].from)
            first = i;
    for (i = 0; i < cycle->count; i++)
        hash = lv_mix(hash, cycle->step[(first + i) % cycle->count].from);
    return hash;
}

static void tell_if_worse(void *context, const struct lv_cycle *cycle)
{
    struct teller *teller = context;
    uint64_t *told;

    told = lv_hash_put(&teller->order->told, hash_cycle(cycle));
    if (told == NULL) {
        teller->no_memory = true;
        return;
    }
    if (*told != 0 && *told <= 1u + cycle->grade)
        return;
    *told = 1u + cycle->grade;
    teller->closed(teller->context, cycle);
}

static bool learn(struct lv_order *order, struct lv_graph_spot spot,
                  const struct lv_rec_observation *seen, uint32_t i,
                  struct teller *teller)
{
    enum lv_dep_kind kind = lv_kind(seen, i);
    uint32_t edge;
    enum added added;

    edge = lv_graph_insert_at(order->graph, spot, seen->hold[i].instance,
                              seen->wanted.instance, 1u << kind);
    if (edge == LV_GRAPH_NONE || !lv_order_settle(order, edge))
        return false;
    added = add_witness(order, edge, seen, i, kind);
    if (added != ADDED)
        return added == KNOWN;
    if (teller->closed == NULL || !lv_graph_may_cycle(order->graph, edge))
        return true;
    return lv_order_search(order, edge,
                           &order->witness[lv_order_newest(order, edge)],
                           tell_if_worse, teller);
}

bool lv_order_observe(struct lv_order *order,
                      const struct lv_rec_observation *seen,
                      lv_order_closed *closed, void *context)
{
    struct teller teller = {order, closed, context, false};
    bool complete = true;
    uint32_t i;

    if (seen->count == 0 || !lv_draws(seen))
        return true;
    for (i = 0; i < seen->count; i++)
        if (lv_draws_from(seen, i, false))
            complete &= learn(order,
                              lv_order_locate(order, seen->hold[i].instance,
                                              seen->wanted.instance),
                              seen, i, &teller);
    return complete && !teller.no_memory;
}

struct lv_graph_spot lv_order_locate(const struct lv_order *order,
                                     uint32_t from, uint32_t to)
{
    return lv_graph_locate(order->graph, from, to);
}

bool lv_order_observe_pair(struct lv_order *order, struct lv_graph_spot spot,
                           const struct lv_rec_observation *seen,
                           lv_order_closed *closed, void *context)
{
    struct teller teller = {order, closed, context, false};
    uint32_t edge;

    if (spot.edge != LV_GRAPH_NONE)
        return learn(order, spot, seen, 0, &teller) && !teller.no_memory;
    edge = lv_graph_insert_at(order->graph, spot, seen->hold[0].instance,
                              seen->wanted.instance, 1u << lv_kind(seen, 0));
    if (edge == LV_GRAPH_NONE)
        return false;
    if (!lv_graph_may_cycle(order->graph, edge)) {
        lv_graph_set_value(order->graph, edge, (uintptr_t)seen);
        return true;
    }
    spot.edge = edge;
    return learn(order, spot, seen, 0, &teller) && !teller.no_memory;
}

bool lv_order_is_shown(struct lv_order *order, struct lv_graph_spot spot,
                       const struct lv_rec_observation *like)
{
    struct lv_gates gates = lv_gates_of(like);
    uint64_t flavour = flavour_of(like, 0, &gates, lv_kind(like, 0));

    return lv_order_settle(order, spot.edge) &&
           count_witnesses(order, lv_order_newest(order, spot.edge), flavour,
                           like)
                   .same != NONE;
}

/* ---- saturation ---------------------------------------------------------- */

static bool is_asked(const struct lv_witness *witness,
                     const struct lv_order_asked *asked)
{
    const uint32_t odd = LV_HOW_UNPUBLISHED | LV_HOW_CONTEXT | LV_HOW_NESTED;
    const uint32_t same = LV_HOW_MODE | 0xff << LV_HOW_SUBCLASS_SHIFT;
    const struct lv_rec_observation *seen = witness->seen;
    uint32_t from = seen->hold[witness->hold].how, to = seen->wanted.how;

    return ((from | to) & odd) == 0 && ((from ^ asked->from_how) & same) == 0 &&
           ((to ^ asked->to_how) & same) == 0 &&
           asked->is_current(seen->thread, seen->segment);
}

/* Not of one thread, and nothing in common but the tail. */
static bool are_apart(const struct lv_witness *a, const struct lv_witness *b,
                      uint32_t tail)
{
    uint32_t i, j;

    if (a->seen->thread == b->seen->thread)
        return false;
    for (i = 0; i < a->seen->count; i++)
        for (j = 0; j < b->seen->count; j++)
            if (a->seen->hold[i].instance == b->seen->hold[j].instance &&
                a->seen->hold[i].instance != tail)
                return false;
    return true;
}

bool lv_order_is_saturated(struct lv_order *order,
                           const struct lv_order_asked *asked)
{
    uint32_t edge = lv_graph_find(order->graph, asked->from, asked->to);
    const struct lv_witness *chosen[16], *witness;
    uint32_t w, i, count = 0;

    if (edge == LV_GRAPH_NONE || lv_graph_may_cycle(order->graph, edge) ||
        !lv_order_settle(order, edge))
        return false;
    for (w = lv_order_newest(order, edge); w != NONE && count < asked->enough;
         w = witness->next) {
        witness = &order->witness[w];
        if (!is_asked(witness, asked))
            continue;
        for (i = 0; i < count; i++)
            if (!are_apart(witness, chosen[i], asked->from))
                break;
        if (i < count)
            continue;
        asked->thread[count] = witness->seen->thread;
        chosen[count++] = witness;
    }
    return count == asked->enough;
}

static void forget_edge(void *context, uint32_t edge)
{
    struct lv_order *order = context;

    while (lv_order_newest(order, edge) != NONE)
        unlink_after(order, edge, NONE);
}

/* No dependency is left, and so no witness. */
static void give_back(struct lv_order *order)
{
    lv_free(order->witness);
    order->witness = NULL;
    order->witness_end = order->witness_room = 0;
    order->witness_free = NONE;
}

void lv_order_forget(struct lv_order *order, uint32_t instance)
{
    lv_graph_remove(order->graph, instance, forget_edge, order);
    if (lv_graph_edge_count(order->graph) == 0 && order->witness_end > 0)
        give_back(order);
}
