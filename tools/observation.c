/* SPDX-License-Identifier: BSD-2-Clause */
/* observation.c: see observation.h. */
#include "observation.h"

#include "cycle.h"

bool observation_draws(const struct lv_rec_observation *seen, uint32_t i)
{
    const uint32_t none = LV_HOW_TRY | LV_HOW_TIMED | LV_HOW_RAW |
                          LV_HOW_SEQ_ONCE | LV_HOW_SEQ_FALLBACK;

    if ((seen->wanted.how & none) || (seen->hold[i].how & LV_HOW_RAW))
        return false;
    return !(seen->wanted.how & LV_HOW_NESTED) ||
           seen->hold[i].class_id != seen->wanted.class_id;
}

const struct lv_rec_observation *observation_next(const struct model *model,
                                                  uint32_t from, uint32_t to,
                                                  struct observation_at *at)
{
    for (; at->family < model->family_count; at->family++, at->seen = 0) {
        const struct model_family *family = &model->family[at->family];

        for (; at->seen < family->seen_count; at->seen++, at->hold = 0) {
            const struct lv_rec_observation *seen = family->seen[at->seen];

            if (seen->wanted.class_id != to)
                continue;
            while (at->hold < seen->count) {
                uint32_t i = at->hold++;

                if (seen->hold[i].class_id == from &&
                    observation_draws(seen, i))
                    return seen;
            }
        }
        at->hold = 0;
    }
    return NULL;
}

enum lv_dep_kind observation_kind(const struct lv_rec_hold *hold,
                                  const struct lv_rec_hold *wanted)
{
    bool shared = (hold->how & LV_HOW_MODE) != LV_HOW_WRITE;
    bool recursive = (wanted->how & LV_HOW_MODE) == LV_HOW_READ_RECURSIVE;

    if (shared)
        return recursive ? LV_DEP_SR : LV_DEP_SN;
    return recursive ? LV_DEP_ER : LV_DEP_EN;
}

struct finding_step observation_step(struct findings *findings, size_t family,
                                     const struct lv_rec_observation *seen,
                                     uint32_t i)
{
    const struct lv_rec_hold *hold = &seen->hold[i];
    struct finding_step step = {
        .from = cycle_class(findings, hold->class_id),
        .to = cycle_class(findings, seen->wanted.class_id),
        .from_event = cycle_event(findings, hold->class_id),
        .to_event = cycle_event(findings, seen->wanted.class_id),
        .kind = findings_dep_kind(observation_kind(hold, &seen->wanted)),
        .thread = cycle_thread(findings, family, seen->thread),
        .held_at = symbols_stack(findings->symbols, hold->stack),
        .wanted_at = symbols_stack(findings->symbols, seen->wanted.stack),
        .held_how = hold->how,
        .wanted_how = seen->wanted.how,
    };

    cycle_add_gates(findings, &step, seen->hold, seen->count, i);
    return step;
}
