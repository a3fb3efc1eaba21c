/* SPDX-License-Identifier: BSD-2-Clause */
/* dependencies.c: every dependency between classes, for the tools.
 * Includes order_internal.h, memory.h, table.h. */
#include "order_internal.h"

#include "memory.h"
#include "table.h"

#define NONE LV_WITNESS_NONE

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

    while ((e = lv_graph_next_edge(order->graph, e)) != LV_GRAPH_NONE)
        for (w = lv_order_newest(order, e); w != NONE;
             w = order->witness[w].next)
            count_witness(&pairs, &order->witness[w]);
    for (i = 0; i < pairs.count; i++)
        visit(context, (uint32_t)(pairs.pair[i].key >> 32),
              (uint32_t)pairs.pair[i].key, pairs.pair[i].kinds,
              pairs.pair[i].count);
    lv_table_free(&pairs.index);
    lv_free(pairs.pair);
}
