/* SPDX-License-Identifier: BSD-2-Clause */
/* classes.c: the class graph and the witnesses of its edges.
 * Includes classes.h, memory.h, table.h. Its cycles are class_cycles.c. */
#include "classes.h"

#include "memory.h"
#include "table.h"

#define NONE LV_GRAPH_NONE

struct link {
    const struct lv_witness *witness;
    uint32_t next;
};

struct lv_classes {
    struct lv_graph *graph; /* an edge's value: its newest link + 1, or 0 */
    struct link *link;
    uint32_t link_count, link_room;
    bool raw;
    uint32_t (*alike)(void *context, uint32_t class_id); /* NULL: itself */
    void *context;
};

struct lv_classes *lv_classes_new(bool raw)
{
    struct lv_classes *classes = lv_calloc(1, sizeof *classes);

    if (classes == NULL)
        return NULL;
    classes->raw = raw;
    classes->graph = lv_graph_new();
    if (classes->graph != NULL)
        return classes;
    lv_free(classes);
    return NULL;
}

void lv_classes_set_alike(struct lv_classes *classes,
                          uint32_t (*alike)(void *context, uint32_t class_id),
                          void *context)
{
    classes->alike = alike;
    classes->context = context;
}

uint32_t lv_classes_of(const struct lv_classes *classes, uint32_t class_id)
{
    return classes->alike == NULL ? class_id
                                  : classes->alike(classes->context, class_id);
}

void lv_classes_free(struct lv_classes *classes)
{
    if (classes == NULL)
        return;
    lv_graph_free(classes->graph);
    lv_free(classes->link);
    lv_free(classes);
}

struct lv_graph *lv_classes_graph(const struct lv_classes *classes)
{
    return classes->graph;
}

static uint32_t newest_link(const struct lv_classes *classes, uint32_t edge)
{
    return (uint32_t)lv_graph_value(classes->graph, edge) - 1; /* 0: NONE */
}

bool lv_classes_add(struct lv_classes *classes,
                    const struct lv_witness *witness)
{
    uint32_t from =
        lv_classes_of(classes, witness->seen->hold[witness->hold].class_id);
    uint32_t to = lv_classes_of(classes, witness->seen->wanted.class_id), edge;

    if (from == to)
        return true;
    if (!lv_vector_reserve(&classes->link, &classes->link_room,
                           (uint64_t)classes->link_count + 1,
                           sizeof *classes->link))
        return false;
    edge = lv_graph_insert(classes->graph, from, to, 1u << witness->kind);
    if (edge == NONE)
        return false;
    classes->link[classes->link_count] =
        (struct link){witness, newest_link(classes, edge)};
    lv_graph_set_value(classes->graph, edge, ++classes->link_count);
    return true;
}

const struct lv_witness *lv_classes_next(const struct lv_classes *classes,
                                         uint32_t edge, uint32_t *at)
{
    *at = *at == NONE ? newest_link(classes, edge) : classes->link[*at].next;
    return *at == NONE ? NULL : classes->link[*at].witness;
}

bool lv_classes_draw(const struct lv_classes *classes,
                     const struct lv_rec_observation *seen, uint32_t i)
{
    return lv_draws_from(seen, i, classes->raw);
}

bool lv_classes_is_minimal(const struct lv_classes *classes,
                           const struct lv_witness *witness,
                           const uint32_t *class_id, uint32_t count)
{
    const struct lv_rec_observation *seen = witness->seen;
    uint32_t own = lv_classes_of(classes, seen->hold[witness->hold].class_id);
    uint32_t i, held;

    for (i = 0; i < seen->count; i++) {
        held = lv_classes_of(classes, seen->hold[i].class_id);
        if (held != own && lv_ids_contain(class_id, count, held) &&
            lv_classes_draw(classes, seen, i))
            return false;
    }
    return true;
}
