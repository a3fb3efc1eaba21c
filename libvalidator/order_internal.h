/* SPDX-License-Identifier: BSD-2-Clause */
/* order_internal.h: what order.c (learning, in the process) and cycles.c
 * (listing, in the tools) share. Includes order.h, graph.h, witness.h, hash.h.
 */
#ifndef LV_ORDER_INTERNAL_H
#define LV_ORDER_INTERNAL_H

#include "graph.h"
#include "hash.h"
#include "order.h"
#include "witness.h"

#define LV_WITNESS_NONE UINT32_MAX

struct lv_order {
    const struct lv_segments *segments;
    struct lv_nesting nesting; /* all NULL: not known */
    struct lv_graph *graph;    /* of instances; an edge's value: below */
    struct lv_witness *witness;
    uint32_t witness_end, witness_room, witness_free;
    struct lv_hash told; /* cycle -> 1 + best grade told */
    /* Scratch of one judgement. */
    struct lv_step *step;
    uint32_t step_room;
    uint32_t *lock; /* instances of the cycle, sorted */
    uint32_t lock_room;
    const struct lv_witness **candidate;
    uint32_t candidate_room;
    struct lv_candidates *candidates;
    uint32_t candidates_room;
    const struct lv_witness **chosen;
    uint32_t chosen_room;
    uint32_t *avoid;
    uint32_t avoid_room;
};

/* An edge's newest witness, or LV_WITNESS_NONE. In the process, where most
 * dependencies are shown once and on no cycle, one that was shown once, of one
 * hold, has the observation in the witness's place, until lv_order_settle. Its
 * value is the witness's number * 2 + 1, or the observation's address, or 0. */
static inline uint32_t lv_order_newest(const struct lv_order *order,
                                       uint32_t edge)
{
    uint64_t value = lv_graph_value(order->graph, edge);

    return value & 1 ? (uint32_t)(value >> 1) : LV_WITNESS_NONE;
}

/* See that all that was shown of the edge is a witness; others may move. False:
 * no memory. */
bool lv_order_settle(struct lv_order *order, uint32_t edge);

/* Grade the cycle of graph edges `path`. Where it is one, cycle->step is the
 * order's and lives until the next judgement. */
enum lv_judged lv_order_judge(struct lv_order *order,
                              const struct lv_graph_step *path, uint32_t count,
                              struct lv_cycle *cycle);

/* Room for a cycle of `count` steps in the scratch above. */
bool lv_order_reserve(struct lv_order *order, uint32_t count);

void lv_order_write_step(struct lv_step *step,
                         const struct lv_witness *witness);

/* Find the cycles through one witness of `edge` and call `found` with the worst
 * one's grade: the shortest if that is an inversion or none of a bounded number
 * of longer ones is worse. False: no memory. */
bool lv_order_search(struct lv_order *order, uint32_t edge,
                     const struct lv_witness *witness, lv_order_closed *found,
                     void *context);

#endif
