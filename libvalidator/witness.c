/* SPDX-License-Identifier: BSD-2-Clause */
/* witness.c: which dependencies an observation draws, and its gates.
 * Includes witness.h, table.h. */
#include "witness.h"

#include "table.h"

static bool holds_wanted(const struct lv_rec_observation *seen)
{
    uint32_t i;

    for (i = 0; i < seen->count; i++)
        if (seen->hold[i].instance == seen->wanted.instance)
            return true;
    return false;
}

bool lv_draws_raw(const struct lv_rec_observation *seen)
{
    const uint32_t none =
        LV_HOW_TRY | LV_HOW_TIMED | LV_HOW_SEQ_ONCE | LV_HOW_SEQ_FALLBACK;

    return (seen->wanted.how & none) == 0 && !holds_wanted(seen);
}

bool lv_draws(const struct lv_rec_observation *seen)
{
    return (seen->wanted.how & LV_HOW_RAW) == 0 && lv_draws_raw(seen);
}

static bool is_held_further_out(const struct lv_rec_observation *seen,
                                uint32_t i)
{
    uint32_t outer;

    for (outer = 0; outer < i; outer++)
        if (seen->hold[outer].instance == seen->hold[i].instance)
            return true;
    return false;
}

bool lv_draws_from(const struct lv_rec_observation *seen, uint32_t i, bool raw)
{
    const struct lv_rec_hold *hold = &seen->hold[i];

    if (hold->how & LV_HOW_RAW && !raw)
        return false;
    if (seen->wanted.how & LV_HOW_NESTED &&
        hold->class_id == seen->wanted.class_id)
        return false;
    return !(hold->how & LV_HOW_AGAIN) || !is_held_further_out(seen, i);
}

static bool is_gate(const struct lv_rec_hold *hold)
{
    return !(hold->how & (LV_HOW_SEQ_WRITE | LV_HOW_RAW | LV_HOW_PSEUDO));
}

static bool is_write(const struct lv_rec_hold *hold)
{
    return (hold->how & LV_HOW_MODE) == LV_HOW_WRITE;
}

/* 0: the thread; else what never waits for itself. */
static uint32_t owner_of(const struct lv_rec_hold *hold)
{
    return hold->how >> LV_HOW_OWNER_SHIFT;
}

struct lv_gates lv_gates_of(const struct lv_rec_observation *seen)
{
    struct lv_gates gates = {0};
    uint32_t i;

    for (i = 0; i < seen->count; i++) {
        const struct lv_rec_hold *hold = &seen->hold[i];

        if (!is_gate(hold))
            continue;
        gates.bits |= 1u << (hold->instance * 0x9e3779b9u >> 27);
        gates.hash +=
            lv_table_mix((uint64_t)hold->instance << 1 | is_write(hold) |
                         (uint64_t)owner_of(hold) << 40);
    }
    return gates;
}

uint32_t lv_gates_count(const struct lv_rec_observation *seen)
{
    uint32_t i, count = 0;

    for (i = 0; i < seen->count; i++)
        count += is_gate(&seen->hold[i]) && !(seen->hold[i].how & LV_HOW_AGAIN);
    return count;
}

static bool excludes(const struct lv_rec_hold *a, const struct lv_rec_hold *b)
{
    return a->instance == b->instance && is_gate(a) && is_gate(b) &&
           (is_write(a) || is_write(b)) &&
           (owner_of(a) == 0 || owner_of(a) != owner_of(b));
}

bool lv_gates_conflict(const struct lv_witness *a, const struct lv_witness *b)
{
    uint32_t i, j;

    if ((a->gates & b->gates) == 0)
        return false;
    for (i = 0; i < a->seen->count; i++)
        for (j = 0; j < b->seen->count; j++)
            if (excludes(&a->seen->hold[i], &b->seen->hold[j]))
                return true;
    return false;
}
