/* SPDX-License-Identifier: BSD-2-Clause */
/* grade.c: can the steps of a cycle happen at once?
 *
 * Each step has candidate witnesses. The worst grade for which one can be
 * chosen per step, each against all others, is the cycle's:
 *   inversion      threads distinct, segments overlap, no common gate
 *   guarded        threads distinct, segments overlap
 *   ordered        threads distinct, or a lock known to one of them alone
 *   single-thread  anything
 * (a handler's step is of any thread, that of another step included)
 * and for all of them neighbours fit: no xR before Sx, nor a wait of an owner
 * for itself. Depth-first trial of
 * candidates, the step with the fewest first, newest first; a bound on trials
 * per grade. Includes witness.h, memory.h, table.h. */
#include "witness.h"

#include "memory.h"
#include "table.h"

#define TRIALS 8192u

struct trial {
    const struct lv_segments *segments;
    const struct lv_candidates *step;
    uint32_t *turn; /* steps, fewest candidates first */
    uint32_t *at;   /* candidate being tried, per turn */
    uint32_t count;
    enum lv_grade grade;
};

static bool fewer(const void *a, const void *b, const void *context)
{
    const struct lv_candidates *step = context;
    const uint32_t *left = a, *right = b;

    if (step[*left].count != step[*right].count)
        return step[*left].count < step[*right].count;
    return *left < *right;
}

static bool is_strong(const struct lv_witness *a, const struct lv_witness *b)
{
    return !(a->kind & 1) || !(b->kind & 2);
}

/* A handler runs on whatever thread it interrupts. */
static bool is_in_context(const struct lv_witness *witness)
{
    return witness->seen->hold[witness->hold].how & LV_HOW_CONTEXT;
}

/* A file's lock may be the process's, or an open file's: what waits for it has
 * it already. */
static bool waits_for_itself(const struct lv_witness *a,
                             const struct lv_witness *b)
{
    uint32_t waits = a->seen->wanted.how >> LV_HOW_OWNER_SHIFT;

    return waits != 0 &&
           waits == b->seen->hold[b->hold].how >> LV_HOW_OWNER_SHIFT;
}

static bool waits(const struct lv_witness *a, const struct lv_witness *b)
{
    return is_strong(a, b) && !waits_for_itself(a, b);
}

/* A handler wants back what its own thread held when it came, and may have it
 * again: it neither waits nor deadlocks. */
static bool is_reentry(const struct lv_witness *a, const struct lv_witness *b)
{
    return a->seen->wanted.how & LV_HOW_CONTEXT && is_in_context(b) &&
           b->seen->wanted.instance == a->seen->hold[a->hold].instance &&
           b->seen->wanted.how & (LV_HOW_RELOCK | LV_HOW_RELOCK_ERROR);
}

/* Nobody else could hold or want its lock then. */
static bool is_unpublished(const struct lv_witness *witness)
{
    return witness->seen->hold[witness->hold].how & LV_HOW_UNPUBLISHED;
}

static bool can_coexist(const struct trial *trial, const struct lv_witness *a,
                        const struct lv_witness *b)
{
    if (trial->grade == LV_GRADE_SINGLE_THREAD)
        return true;
    if (is_in_context(a) || is_in_context(b))
        return trial->grade != LV_GRADE_INVERSION || !lv_gates_conflict(a, b);
    if (a->seen->thread == b->seen->thread)
        return false;
    if (trial->grade == LV_GRADE_ORDERED)
        return true;
    if (is_unpublished(a) || is_unpublished(b))
        return false;
    if (trial->grade == LV_GRADE_INVERSION && lv_gates_conflict(a, b))
        return false;
    return lv_segments_overlap(trial->segments, a->seen->thread,
                               a->seen->segment, b->seen->thread,
                               b->seen->segment);
}

static const struct lv_witness *pick(const struct trial *trial, uint32_t turn)
{
    return trial->step[trial->turn[turn]].witness[trial->at[turn]];
}

/* Does the candidate of `turn` fit those of all earlier turns? */
static bool fits(const struct trial *trial, uint32_t turn)
{
    const struct lv_witness *mine = pick(trial, turn), *other;
    uint32_t step = trial->turn[turn], i, n = trial->count;

    for (i = 0; i < turn; i++) {
        other = pick(trial, i);
        if (trial->turn[i] == (step + 1) % n && !waits(mine, other))
            return false;
        if (step == (trial->turn[i] + 1) % n && !waits(other, mine))
            return false;
    }
    for (i = 0; i < turn; i++) {
        other = pick(trial, i);
        if (is_reentry(mine, other) || is_reentry(other, mine) ||
            !can_coexist(trial, mine, other))
            return false;
    }
    return true;
}

static bool find_choice(struct trial *trial)
{
    uint32_t turn = 0, left = TRIALS + trial->count;

    trial->at[0] = 0;
    for (;;) {
        if (trial->at[turn] == trial->step[trial->turn[turn]].count) {
            if (turn == 0)
                return false;
            trial->at[--turn]++;
            continue;
        }
        if (left-- == 0)
            return false;
        if (!fits(trial, turn)) {
            trial->at[turn]++;
            continue;
        }
        if (++turn == trial->count)
            return true;
        trial->at[turn] = 0;
    }
}

enum lv_judged lv_grade_choose(const struct lv_segments *segments,
                               const struct lv_candidates *step, uint32_t count,
                               const struct lv_witness **chosen,
                               enum lv_grade *grade)
{
    static const enum lv_grade worst_first[] = {
        LV_GRADE_INVERSION, LV_GRADE_GUARDED, LV_GRADE_ORDERED,
        LV_GRADE_SINGLE_THREAD};
    struct trial trial = {.segments = segments, .step = step, .count = count};
    bool found = false;
    uint32_t i;

    trial.turn = lv_calloc(count, 2 * sizeof *trial.turn);
    if (trial.turn == NULL)
        return LV_JUDGED_MEMORY;
    trial.at = trial.turn + count;
    for (i = 0; i < count; i++)
        trial.turn[i] = i;
    lv_sort(trial.turn, count, sizeof *trial.turn, fewer, step);
    for (i = 0; i < 4 && !found; i++) {
        trial.grade = worst_first[i];
        found = find_choice(&trial);
    }
    *grade = trial.grade;
    for (i = 0; i < count && found; i++)
        chosen[trial.turn[i]] = pick(&trial, i);
    lv_free(trial.turn);
    return found ? LV_JUDGED_CYCLE : LV_JUDGED_NONE;
}
