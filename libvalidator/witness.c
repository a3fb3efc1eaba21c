/* SPDX-License-Identifier: BSD-2-Clause */
/* witness.c: which dependencies an observation draws, and its gates.
 * Includes witness.h, hash.h, memory.h, table.h. */
#include "witness.h"

#include "hash.h"
#include "memory.h"
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

/* A waiting sequence-count reader waits for writers alone, whatever mode it
 * was told with. */
enum lv_dep_kind lv_kind(const struct lv_rec_observation *seen, uint32_t i)
{
    bool shared = (seen->hold[i].how & LV_HOW_MODE) != LV_HOW_WRITE;
    bool recursive = seen->wanted.how & LV_HOW_SEQ_WAIT ||
                     (seen->wanted.how & LV_HOW_MODE) == LV_HOW_READ_RECURSIVE;

    return (enum lv_dep_kind)(shared << 1 | recursive);
}

static bool earlier(const void *a, const void *b, const void *context)
{
    const struct lv_gate *left = a, *right = b;

    (void)context;
    return left->instance < right->instance;
}

/* One entry per lock; one hold for writing makes it a writer's. */
static void unite(struct lv_gates *gates)
{
    uint32_t i, kept = 0;

    for (i = 0; i < gates->count; i++) {
        if (kept > 0 &&
            gates->gate[kept - 1].instance == gates->gate[i].instance)
            gates->gate[kept - 1].write |= gates->gate[i].write;
        else
            gates->gate[kept++] = gates->gate[i];
    }
    gates->count = kept;
}

struct lv_gates *lv_gates_new(const struct lv_rec_observation *seen)
{
    struct lv_gates *gates;
    uint32_t i;

    gates = lv_calloc(1, sizeof *gates +
                             (size_t)seen->count * sizeof gates->gate[0]);
    if (gates == NULL)
        return NULL;
    gates->references = 1;
    for (i = 0; i < seen->count; i++) {
        if (seen->hold[i].how & (LV_HOW_SEQ_WRITE | LV_HOW_RAW | LV_HOW_PSEUDO))
            continue;
        gates->gate[gates->count++] =
            (struct lv_gate){seen->hold[i].instance,
                             (seen->hold[i].how & LV_HOW_MODE) == LV_HOW_WRITE,
                             seen->hold[i].how >> LV_HOW_OWNER_SHIFT};
    }
    lv_sort(gates->gate, gates->count, sizeof gates->gate[0], earlier, NULL);
    unite(gates);
    for (i = 0; i < gates->count; i++) {
        gates->bloom |= 1ULL << (lv_table_mix(gates->gate[i].instance) & 63);
        gates->hash =
            lv_mix(gates->hash, (uint64_t)gates->gate[i].instance << 1 |
                                    gates->gate[i].write |
                                    (uint64_t)gates->gate[i].owner << 40);
    }
    return gates;
}

void lv_gates_drop(struct lv_gates *gates)
{
    if (gates != NULL && --gates->references == 0)
        lv_free(gates);
}

static bool keep_apart(const struct lv_gate *a, const struct lv_gate *b)
{
    return (a->write || b->write) && (a->owner == 0 || a->owner != b->owner);
}

bool lv_gates_conflict(const struct lv_gates *a, const struct lv_gates *b)
{
    uint32_t i = 0, j = 0;

    if ((a->bloom & b->bloom) == 0)
        return false;
    while (i < a->count && j < b->count) {
        if (a->gate[i].instance < b->gate[j].instance)
            i++;
        else if (a->gate[i].instance > b->gate[j].instance)
            j++;
        else if (keep_apart(&a->gate[i], &b->gate[j]))
            return true;
        else
            i++, j++;
    }
    return false;
}
