/* SPDX-License-Identifier: BSD-2-Clause */
/* witness.h: what an observation proves, and what it cannot coexist with.
 *
 * A WITNESS is one observation taken as evidence of one dependency: who held
 * `from` (its hold index) and wanted `to`. Its GATES are the locks that its
 * thread held then, `from` included, for which a second thread would have to
 * wait: two observations with a common gate that one of them held for writing
 * never happen at once. No gates are pseudo-locks (contexts: two threads may
 * both be in reclaim) and sequence-count writes: nobody waits for another
 * writer there; what serialises the writers (rule R26) is a gate itself.
 *
 * A cycle is MINIMAL for a witness that holds no other lock of the cycle. If it
 * holds one, the same observation shows a chord and so a shorter cycle, and in
 * the deadlock that the longer one tells of, that lock would have two holders.
 * A cycle is listed only if every step has a witness for which it is minimal.
 *
 * Internal to order.c, grade.c, cycles.c, classes.c and exception.c.
 * Includes order.h. */
#ifndef LV_WITNESS_H
#define LV_WITNESS_H

#include "order.h"

struct lv_witness {
    const struct lv_rec_observation *seen;
    uint64_t flavour; /* of kind, classes and gates */
    uint32_t gates;   /* a bit per gate: none in common, no gate in common */
    uint32_t hold : 30, kind : 2; /* enum lv_dep_kind */
    uint32_t next;                /* older witness of the same dependency */
    uint32_t count; /* observations alike in thread, segment and flavour */
};
_Static_assert(sizeof(struct lv_witness) == 32, "a witness has grown");

/* Does this observation draw dependencies at all? Not if it wanted a lock that
 * its thread held already (re-entry is no order, neither from what was taken in
 * between; a reader's second, waiting read is the engine's affair), or by a
 * try, with a limit in time, a raw write, or a reader that does not wait. */
bool lv_draws(const struct lv_rec_observation *seen);

/* The same, with raw writes taken for annotated ones. */
bool lv_draws_raw(const struct lv_rec_observation *seen);

/* Of an observation that does: one from hold `i`? Not from a raw one, unless
 * `raw`; nor from one of the wanted class if nested; nor from a second hold of
 * a lock: the dependency comes from its outermost one. */
bool lv_draws_from(const struct lv_rec_observation *seen, uint32_t i, bool raw);

/* A waiting sequence-count reader waits for writers alone, whatever mode it
 * was told with. */
static inline enum lv_dep_kind lv_kind(const struct lv_rec_observation *seen,
                                       uint32_t i)
{
    bool shared = (seen->hold[i].how & LV_HOW_MODE) != LV_HOW_WRITE;
    bool recursive = seen->wanted.how & LV_HOW_SEQ_WAIT ||
                     (seen->wanted.how & LV_HOW_MODE) == LV_HOW_READ_RECURSIVE;

    return (enum lv_dep_kind)(shared << 1 | recursive);
}

/* The gates of an observation: a word with a bit for each, a hash that does not
 * depend on their order, and how many there are. */
struct lv_gates {
    uint64_t hash;
    uint32_t bits;
};
struct lv_gates lv_gates_of(const struct lv_rec_observation *seen);
uint32_t lv_gates_count(const struct lv_rec_observation *seen);

/* Is a gate common to both, and held for writing by one? */
bool lv_gates_conflict(const struct lv_witness *a, const struct lv_witness *b);

/* ---- grade.c ------------------------------------------------------------- */

/* Candidates for one step of a cycle. */
struct lv_candidates {
    const struct lv_witness *const *witness;
    uint32_t count;
};

enum lv_judged {
    LV_JUDGED_CYCLE, /* it is one, and graded */
    LV_JUDGED_NONE,  /* not minimal, or no choice of witnesses is strong */
    LV_JUDGED_MEMORY,
};

/* Choose one witness for each of `count` steps so that the cycle is strong and
 * its grade the worst: INVERSION, GUARDED, ORDERED or SINGLE_THREAD. The bound
 * (some thousand trials a grade) can only lose an inversion to a lesser grade,
 * or a cycle altogether, never make one. */
enum lv_judged lv_grade_choose(const struct lv_segments *segments,
                               const struct lv_candidates *step, uint32_t count,
                               const struct lv_witness **chosen,
                               enum lv_grade *grade);

#endif
