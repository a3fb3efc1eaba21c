/* SPDX-License-Identifier: BSD-2-Clause */
/* model_await.c: see model_await.h. */
#include "model_await.h"

#include <stdlib.h>
#include <string.h>

/* ---- what was no lock ---------------------------------------------------- */

static bool is_none(const struct model_family *family,
                    const struct lv_rec_hold *hold)
{
    return family->instance[hold->instance].fails;
}

/* The observation without such holds; itself if it has none. */
static const struct lv_rec_observation *
strip(struct model *model, const struct model_family *family,
      const struct lv_rec_observation *seen)
{
    struct lv_rec_observation *less;
    uint32_t i, kept = 0;

    for (i = 0; i < seen->count && !is_none(family, &seen->hold[i]); i++)
        ;
    if (i == seen->count)
        return seen;
    less = tool_take(&model->turn,
                     sizeof(*less) + seen->count * sizeof(less->hold[0]));
    *less = *seen;
    for (i = 0; i < seen->count; i++)
        if (!is_none(family, &seen->hold[i]))
            less->hold[kept++] = seen->hold[i];
    less->count = kept;
    return less;
}

static void strip_all(struct model *model, struct model_family *family)
{
    size_t i, kept = 0;

    for (i = 0; i < family->seen_count; i++)
        if (!is_none(family, &family->seen[i]->wanted))
            family->seen[kept++] = strip(model, family, family->seen[i]);
    family->seen_count = kept;
}

/* ---- what signals need --------------------------------------------------- */

static int by_event(const void *left, const void *right)
{
    const struct lv_rec_signal *const *a = left, *const *b = right;

    if ((*a)->event.instance == (*b)->event.instance)
        return 0;
    return (*a)->event.instance < (*b)->event.instance ? -1 : 1;
}

static bool needs(const struct lv_rec_signal *signal, uint32_t instance)
{
    uint32_t i;

    for (i = 0; i < signal->count; i++)
        if (signal->need[i].lock.instance == instance)
            return true;
    return false;
}

/* The signals [from, to) are all of one event. */
static bool all_need(const struct model_family *family, size_t from, size_t to,
                     uint32_t instance)
{
    size_t i;

    for (i = from; i < to; i++)
        if (!needs(family->signal[i], instance))
            return false;
    return true;
}

static void observe(struct model *model, struct model_family *family,
                    const struct lv_rec_signal *signal,
                    const struct lv_rec_need *need)
{
    struct lv_rec_observation *new =
        tool_take(&model->turn, sizeof(*new) + sizeof(new->hold[0]));

    *new = (struct lv_rec_observation){.thread = signal->thread,
                                       .segment = need->segment,
                                       .count = 1,
                                       .wanted = need->lock};
    new->hold[0] = signal->event;
    *TOOL_PUSH(family->seen, family->seen_count, family->seen_room) = new;
}

/* At a barrier all must come; else any signal is enough. */
static void conclude(struct model *model, struct model_family *family,
                     size_t from, size_t to)
{
    uint32_t class_id = family->signal[from]->event.class_id, j;
    bool all = model->class[class_id].family == LV_FAMILY_BARRIER;
    size_t i;

    for (i = from; i < to; i++) {
        const struct lv_rec_signal *signal = family->signal[i];

        for (j = 0; j < signal->count; j++) {
            const struct lv_rec_hold *lock = &signal->need[j].lock;

            if (!is_none(family, lock) &&
                (all || all_need(family, from, to, lock->instance)))
                observe(model, family, signal, &signal->need[j]);
        }
    }
}

void model_await(struct model *model, struct model_family *family)
{
    size_t from, to;

    strip_all(model, family);
    if (family->signal_count > 0)
        qsort(family->signal, family->signal_count, sizeof(*family->signal),
              by_event);
    for (from = 0; from < family->signal_count; from = to) {
        uint32_t event = family->signal[from]->event.instance;

        for (to = from; to < family->signal_count &&
                        family->signal[to]->event.instance == event;
             to++)
            ;
        conclude(model, family, from, to);
    }
}
