/* SPDX-License-Identifier: BSD-2-Clause */
/* order.h: from observations to dependencies, strong cycles and their grades.
 *
 * One lv_order is the order of one process (or, in the tools, of a process and
 * its forked children). Nodes are lock instances; a dependency A->B carries
 * every observation that shows it. Used by the engine, which asks at each new
 * dependency whether it closes a cycle, and by the tools, which list them all.
 * Not thread-safe: the caller serialises. Knows no thread, file or lock object.
 * Includes graph.h, segment.h, record_format.h, memory.h. */
#ifndef LV_ORDER_H
#define LV_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph.h"
#include "record_format.h"
#include "segment.h"

/* Worst first, as architecture.md words them. */
enum lv_grade {
    LV_GRADE_DEADLOCK,
    LV_GRADE_INVERSION,
    LV_GRADE_CLASS,
    LV_GRADE_CLASS_INFERRED,
    LV_GRADE_GUARDED,
    LV_GRADE_ORDERED,
    LV_GRADE_SINGLE_THREAD,
};

/* Dependency kinds: is the tail held shared or exclusive, is the head wanted as
 * a recursive reader or not (lockdep's ER, EN, SR, SN; Boqun Feng 2018). */
enum lv_dep_kind { LV_DEP_EN = 0, LV_DEP_ER = 1, LV_DEP_SN = 2, LV_DEP_SR = 3 };

/* One step of a cycle: who held `from` and wanted `to`. */
struct lv_step {
    uint32_t from, to;             /* instance ids */
    uint32_t from_class, to_class; /* with subclass, as observed */
    enum lv_dep_kind kind;
    const struct lv_rec_observation *seen; /* the chosen evidence */
    uint32_t hold;                         /* index of `from` in seen->hold */
};

struct lv_cycle {
    enum lv_grade grade;
    uint32_t count;
    const struct lv_step *step; /* step[i].to == step[i+1].from, cyclic; for
                                   grades class and class-inferred equal in
                                   class only */
};

struct lv_order;

/* An empty order that asks `segments` which threads can overlap; `segments`
 * stays the caller's and must outlive it. NULL: no memory. */
struct lv_order *lv_order_new(const struct lv_segments *segments);
void lv_order_free(struct lv_order *order);

/* Called with each strong cycle that an observation closed; `cycle` is valid
 * during the call only. */
typedef void lv_order_closed(void *context, const struct lv_cycle *cycle);

/* Learn one observation, which must stay where it is as long as `order` lives
 * (the engine's lie in the record's mapping). Adds a dependency from each hold
 * to the wanted lock, but for those that record_format.h says are none, and
 * none at all if the wanted lock is held already. (So no lock depends on
 * itself: that a waiting writer may part a reader from its own second read is
 * the engine's to tell.) Equal evidence counts; of much alike evidence the
 * latest is kept.
 *
 * For each dependency with evidence that is new, finds the shortest strong
 * cycle through it among instances, or a slightly longer one if that has the
 * worse grade, and calls `closed` (may be NULL; must not call back into
 * `order`). A cycle is told again only when new evidence makes its grade worse.
 * Only minimal cycles are told, in which every step has evidence of a thread
 * that held no other lock of the cycle: other evidence shows a shorter one.
 *
 * False: out of memory; what was learned stays. */
bool lv_order_observe(struct lv_order *order,
                      const struct lv_rec_observation *seen,
                      lv_order_closed *closed, void *context);

/* Of one lock under another: where the order keeps what was shown of the
 * dependency between these instances. Edge LV_GRAPH_NONE: nobody has shown it.
 * Good until the order learns or forgets. */
struct lv_graph_spot lv_order_locate(const struct lv_order *order,
                                     uint32_t from, uint32_t to);

/* `like`, an observation of one hold that draws it, was shown by the same
 * thread in the same segment, in this way. There is an edge. */
bool lv_order_is_shown(struct lv_order *order, struct lv_graph_spot spot,
                       const struct lv_rec_observation *like);

/* The same as lv_order_observe, of one hold that draws it. Not for the tools:
 * the listings below leave out what only this has shown. */
bool lv_order_observe_pair(struct lv_order *order, struct lv_graph_spot spot,
                           const struct lv_rec_observation *seen,
                           lv_order_closed *closed, void *context);

/* Is there evidence of `enough` threads (16 at most) for a dependency that is
 * on no cycle: all of these modes and subclasses, of segments that are current,
 * no two with another lock in common besides `from`? They are listed in
 * `thread`. Costs a look at all of its evidence. */
struct lv_order_asked {
    uint32_t from, to; /* instances */
    uint32_t from_how, to_how;
    bool (*is_current)(uint32_t thread, uint32_t segment);
    uint32_t *thread;
    uint32_t enough;
};
bool lv_order_is_saturated(struct lv_order *order,
                           const struct lv_order_asked *asked);

/* The instance died: drop its node and dependencies, after which observations
 * that name it are looked at only as far as they show others. Harmless if
 * unknown. Not for tools, which keep all. */
void lv_order_forget(struct lv_order *order, uint32_t instance);

/* How many there are now, between instances. */
uint64_t lv_order_dependencies(const struct lv_order *order);

/* ---- for the tools ------------------------------------------------------- */

/* What the tools know of a class id (the engine does not need it). */
enum lv_class_trust {
    LV_TRUST_INFERRED,
    LV_TRUST_DECLARED, /* a cycle across instances is graded `class` */
};

/* What is known besides of instances and classes. `kin` is the same for classes
 * whose locks nest as those of one would: the elements of an array. `alike` is
 * the class (itself, or a lower one that is alike itself) for which it was
 * another by no more than the path that led there: the two count as one. */
struct lv_nesting {
    uint64_t (*address)(void *context, uint32_t instance);
    uint64_t (*kin)(void *context, uint32_t class_id);
    uint32_t (*alike)(void *context, uint32_t class_id);
    void *context;
};

/* From now on lv_order_cycles tells of classes whose locks nest in no order:
 * neither by address, nor along lists or trees (siblings.c). */
void lv_order_set_nesting(struct lv_order *order,
                          const struct lv_nesting *nesting);

/* Every elementary strong cycle that is minimal (see lv_order_observe), at most
 * one per sequence of classes (rotations are one), with its worst grade: first
 * those that close among instances, then those that close only across instances
 * of a class; of each, shortest first. A cycle of instances that passes a class
 * twice counts for the shorter sequence within it; neighbours of one class
 * count once: so a ring of eight locks of one class is that class. Classes that
 * are nested in themselves, but whose instances close no cycle (a tree, a list,
 * by address), are no cycle.
 *
 * `trust` maps class ids, and gets the same `context` as `found`. `limit`
 * bounds the number; the search has a bound of its own, of some seconds.
 * Returns false if either was reached or memory ran out, after the cycles found
 * so far. */
bool lv_order_cycles(const struct lv_order *order,
                     enum lv_class_trust (*trust)(void *, uint32_t class_id),
                     size_t limit, lv_order_closed *found, void *context);

/* Every dependency between classes: `kinds` is a bit mask of 1 << lv_dep_kind,
 * `count` the observations. */
typedef void lv_order_dependency(void *context, uint32_t from_class,
                                 uint32_t to_class, unsigned kinds,
                                 uint64_t count);
void lv_order_each(const struct lv_order *order, lv_order_dependency *visit,
                   void *context);

#endif
