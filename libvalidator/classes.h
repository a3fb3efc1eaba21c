/* SPDX-License-Identifier: BSD-2-Clause */
/* classes.h: the order of classes, and its elementary strong cycles.
 *
 * What instances show of their classes: a graph of class ids (subclass
 * included) in which an edge carries the witnesses of all instances. Same-class
 * nesting draws no edge here: siblings.c looks at that.
 *
 * Used by cycles.c and exception.c, in the tools alone.
 * Includes graph.h, witness.h. */
#ifndef LV_CLASSES_H
#define LV_CLASSES_H

#include "graph.h"
#include "witness.h"

struct lv_classes;

/* `raw`: raw sequence-count writes draw dependencies too. NULL: no memory. */
struct lv_classes *lv_classes_new(bool raw);

/* From now on class `id` stands for what alike(context, id) says. */
void lv_classes_set_alike(struct lv_classes *classes,
                          uint32_t (*alike)(void *context, uint32_t class_id),
                          void *context);
uint32_t lv_classes_of(const struct lv_classes *classes, uint32_t class_id);
void lv_classes_free(struct lv_classes *classes);

/* Add one witness, which stays the caller's and in place. Its observation draws
 * (lv_draws, or lv_draws_raw), and so does its hold. False: no memory. */
bool lv_classes_add(struct lv_classes *classes,
                    const struct lv_witness *witness);

/* Nodes are class ids. */
struct lv_graph *lv_classes_graph(const struct lv_classes *classes);

/* Witnesses of an edge: `*at` starts as LV_GRAPH_NONE; NULL at the end. */
const struct lv_witness *lv_classes_next(const struct lv_classes *classes,
                                         uint32_t edge, uint32_t *at);

/* Does hold i draw a dependency, as this graph takes raw writes? */
bool lv_classes_draw(const struct lv_classes *classes,
                     const struct lv_rec_observation *seen, uint32_t i);

/* Does the witness hold no lock of any of these classes (sorted), but of that
 * of its `from`? */
bool lv_classes_is_minimal(const struct lv_classes *classes,
                           const struct lv_witness *witness,
                           const uint32_t *class_id, uint32_t count);

/* Every strong cycle of edges that passes no class twice and is minimal for a
 * witness of each of its edges (witness.h; classes in place of locks), shortest
 * first. A cycle for which no witness is minimal has a chord that one of its
 * own observations shows; so, of what a thread that takes forty locks and one
 * that takes them in reverse show, the 2-cycles are listed, not their 2^38
 * combinations. `visit` returns true to stop. `effort` bounds the edges looked
 * at. ABSENT: all were visited. */
enum lv_graph_result lv_classes_each_cycle(
    struct lv_classes *classes, uint64_t effort,
    bool (*visit)(void *context, const uint32_t *edge, uint32_t count),
    void *context);

#endif
