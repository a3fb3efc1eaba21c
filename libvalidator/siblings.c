/* SPDX-License-Identifier: BSD-2-Clause */
/* siblings.c: locks of one class that are taken under each other, in no order
 * that would hold for all of them.
 *
 * Where no cycle closes among the instances, one class nests in order if it is
 * always by address, or along a list or a tree: pieces of three locks and more
 * in which each lock was wanted under one other only. What is left, pairs above
 * all, went up by address in one place and down in another: any two such pairs
 * could have been the same two locks.
 *
 * A class is told as a cycle of two steps, an upward and a downward one, if
 * threads that overlap can have made them; anything less is not worth a word.
 * Includes listing.h, memory.h, table.h. */
#include "listing.h"

#include "memory.h"
#include "table.h"

#define NONE LV_WITNESS_NONE
#define MOST 512u /* witnesses tried of each direction */

/* One lock was wanted under another of its kin. */
struct pair {
    uint64_t kin;
    uint32_t from, to; /* instances */
    uint32_t witness;
    bool up;
};

struct piece { /* of one lock; by its number in its kin */
    uint32_t instance;
    uint32_t leader; /* of the piece that it belongs to */
    uint32_t locks;  /* leaders: in the piece */
    uint32_t wanted; /* under how many others */
    bool tangled;    /* leaders: some lock was wanted under two */
};

struct siblings {
    struct lv_listing *listing;
    struct pair *pair;
    uint32_t count, room;
    struct piece *piece;
    uint32_t pieces;
};

static uint64_t kin_of(const struct lv_order *order, uint32_t class_id)
{
    return order->nesting.kin(order->nesting.context, class_id);
}

static uint64_t address_of(const struct lv_order *order, uint32_t instance)
{
    return order->nesting.address(order->nesting.context, instance);
}

/* ---- pairs --------------------------------------------------------------- */

static bool add_pair(struct siblings *siblings, uint32_t w)
{
    const struct lv_order *order = siblings->listing->order;
    const struct lv_witness *witness = &order->witness[w];
    const struct lv_rec_hold *hold = &witness->seen->hold[witness->hold];
    const struct lv_rec_hold *wanted = &witness->seen->wanted;
    uint64_t kin = kin_of(order, hold->class_id);

    if (hold->class_id != wanted->class_id &&
        kin != kin_of(order, wanted->class_id))
        return true;
    if (!lv_vector_reserve(&siblings->pair, &siblings->room,
                           (uint64_t)siblings->count + 1,
                           sizeof *siblings->pair))
        return false;
    siblings->pair[siblings->count++] =
        (struct pair){kin, hold->instance, wanted->instance, w,
                      address_of(order, hold->instance) <
                          address_of(order, wanted->instance)};
    return true;
}

static bool list_pairs(struct siblings *siblings)
{
    const struct lv_order *order = siblings->listing->order;
    uint32_t e = LV_GRAPH_NONE, w;

    while ((e = lv_graph_next_edge(order->graph, e)) != LV_GRAPH_NONE) {
        if (lv_graph_may_cycle(order->graph, e))
            continue; /* what closes among instances is told as that */
        for (w = lv_order_newest(order, e); w != NONE;
             w = order->witness[w].next)
            if (!add_pair(siblings, w))
                return false;
    }
    return true;
}

static bool by_kin(const void *a, const void *b, const void *context)
{
    const struct pair *left = a, *right = b;

    (void)context;
    if (left->kin != right->kin)
        return left->kin < right->kin;
    if (left->from != right->from)
        return left->from < right->from;
    if (left->to != right->to)
        return left->to < right->to;
    return left->witness < right->witness;
}

/* ---- pieces -------------------------------------------------------------- */

static bool by_instance(const void *a, const void *b, const void *context)
{
    const struct piece *left = a, *right = b;

    (void)context;
    return left->instance < right->instance;
}

static struct piece *piece_of(const struct siblings *siblings,
                              uint32_t instance)
{
    uint32_t low = 0, high = siblings->pieces, middle;

    while (low + 1 < high) {
        middle = low + (high - low) / 2;
        if (siblings->piece[middle].instance <= instance)
            low = middle;
        else
            high = middle;
    }
    return &siblings->piece[low];
}

static struct piece *leader_of(const struct siblings *siblings,
                               struct piece *piece)
{
    while (&siblings->piece[piece->leader] != piece) {
        piece->leader = siblings->piece[piece->leader].leader;
        piece = &siblings->piece[piece->leader];
    }
    return piece;
}

static void join_pieces(struct siblings *siblings, const struct pair *pair)
{
    struct piece *to = piece_of(siblings, pair->to);
    struct piece *a, *b;

    a = leader_of(siblings, piece_of(siblings, pair->from));
    b = leader_of(siblings, to);
    a->tangled |= ++to->wanted > 1;
    if (a == b)
        return;
    b->leader = a->leader;
    a->locks += b->locks;
    a->tangled |= b->tangled;
}

static bool make_pieces(struct siblings *siblings, const struct pair *pair,
                        uint32_t count)
{
    uint32_t i, kept = 0;

    lv_free(siblings->piece);
    siblings->piece = lv_calloc(count, 2 * sizeof *siblings->piece);
    if (siblings->piece == NULL)
        return false;
    for (i = 0; i < count; i++) {
        siblings->piece[2 * i].instance = pair[i].from;
        siblings->piece[2 * i + 1].instance = pair[i].to;
    }
    lv_sort(siblings->piece, 2 * count, sizeof *siblings->piece, by_instance,
            NULL);
    for (i = 0; i < 2 * count; i++)
        if (kept == 0 ||
            siblings->piece[kept - 1].instance != siblings->piece[i].instance)
            siblings->piece[kept++] = siblings->piece[i];
    siblings->pieces = kept;
    for (i = 0; i < kept; i++) {
        siblings->piece[i].leader = i;
        siblings->piece[i].locks = 1;
    }
    for (i = 0; i < count; i++)
        if (i == 0 || pair[i - 1].from != pair[i].from ||
            pair[i - 1].to != pair[i].to)
            join_pieces(siblings, &pair[i]);
    return true;
}

/* A list or a tree. */
static bool is_grown(const struct siblings *siblings, const struct pair *pair)
{
    const struct piece *leader =
        leader_of(siblings, piece_of(siblings, pair->from));

    return leader->locks > 2 && !leader->tangled;
}

/* ---- one kin ------------------------------------------------------------- */

static uint32_t gather(const struct siblings *siblings, const struct pair *pair,
                       uint32_t count, bool up, const struct lv_witness **list)
{
    uint32_t i, used = 0;

    for (i = 0; i < count && used < MOST; i++)
        if (pair[i].up == up && !is_grown(siblings, &pair[i]))
            list[used++] = &siblings->listing->order->witness[pair[i].witness];
    return used;
}

static enum lv_grade grade_of(const struct siblings *siblings,
                              const struct lv_step *step)
{
    const struct lv_listing *listing = siblings->listing;

    return listing->trust(listing->context, step[0].from_class) ==
                       LV_TRUST_DECLARED &&
                   step[0].from_class == step[1].from_class
               ? LV_GRADE_CLASS
               : LV_GRADE_CLASS_INFERRED;
}

static bool judge(struct siblings *siblings, const struct pair *pair,
                  uint32_t count)
{
    struct lv_listing *listing = siblings->listing;
    struct lv_order *order = listing->order;
    const struct lv_witness **up, **down;
    struct lv_cycle cycle = {.count = 2};
    enum lv_judged judged;

    if (!make_pieces(siblings, pair, count) || !lv_order_reserve(order, 2) ||
        !lv_vector_reserve(&order->candidate, &order->candidate_room, 2 * MOST,
                           sizeof *order->candidate))
        return false;
    up = order->candidate;
    down = order->candidate + MOST;
    order->candidates[0] =
        (struct lv_candidates){up, gather(siblings, pair, count, true, up)};
    order->candidates[1] = (struct lv_candidates){
        down, gather(siblings, pair, count, false, down)};
    if (order->candidates[0].count == 0 || order->candidates[1].count == 0)
        return true;
    judged = lv_grade_choose(order->segments, order->candidates, 2,
                             order->chosen, &cycle.grade);
    if (judged != LV_JUDGED_CYCLE || cycle.grade != LV_GRADE_INVERSION)
        return judged != LV_JUDGED_MEMORY;
    lv_order_write_step(&order->step[0], order->chosen[0]);
    lv_order_write_step(&order->step[1], order->chosen[1]);
    cycle.step = order->step;
    cycle.grade = grade_of(siblings, cycle.step);
    lv_listing_keep(
        listing,
        lv_listing_hash(&(uint32_t){lv_classes_of(listing->classes,
                                                  cycle.step[0].from_class)},
                        1),
        &cycle);
    return true;
}

void lv_listing_search_siblings(struct lv_listing *listing)
{
    struct siblings siblings = {.listing = listing};
    uint32_t i, end;

    if (listing->order->nesting.kin == NULL)
        return;
    if (list_pairs(&siblings)) {
        lv_sort(siblings.pair, siblings.count, sizeof *siblings.pair, by_kin,
                NULL);
        for (i = 0; i < siblings.count && !listing->no_memory; i = end) {
            for (end = i + 1; end < siblings.count &&
                              siblings.pair[end].kin == siblings.pair[i].kin;
                 end++)
                ;
            listing->no_memory |= !judge(&siblings, siblings.pair + i, end - i);
        }
    } else {
        listing->no_memory = true;
    }
    lv_free(siblings.pair);
    lv_free(siblings.piece);
}
