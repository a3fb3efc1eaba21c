/* SPDX-License-Identifier: BSD-2-Clause */
/* model_deeds.c: what a process did; see model_loader.h. */
#include "model_loader.h"

#include <string.h>

static bool load_join(struct loader *loader, const void *entry)
{
    const struct lv_rec_join *join = entry;
    struct model_family *family = loader_family(loader);
    uint32_t joiner, joined;

    if (!loader_find_thread(loader, join->joiner, &joiner) ||
        !loader_find_thread(loader, join->joined, &joined))
        return false;
    *TOOL_PUSH(family->join, family->join_count, family->join_room) =
        (struct model_join){joiner, join->segment, joined,
                            join->until == 0 ? UINT32_MAX : join->until};
    return true;
}

static bool load_reaped(struct loader *loader, const void *entry)
{
    const struct lv_rec_reaped *reaped = entry;
    struct model *model = loader->model;
    uint32_t thread;

    if (!loader_find_thread(loader, reaped->thread, &thread))
        return false;
    *TOOL_PUSH(model->reaped, model->reaped_count, model->reaped_room) =
        (struct model_reaped){loader->process, thread, reaped->segment,
                              reaped->pid};
    return true;
}

static bool load_observation(struct loader *loader, const void *entry)
{
    const struct lv_rec_observation *seen = entry;
    struct model_family *family = loader_family(loader);
    struct lv_rec_observation *new;

    new = tool_take(&loader->model->turn,
                    sizeof(*new) + seen->count * sizeof(new->hold[0]));
    new->head = seen->head;
    new->segment = seen->segment;
    new->count = seen->count;
    if (!loader_find_thread(loader, seen->thread, &new->thread) ||
        !loader_find_hold(loader, &seen->wanted, &new->wanted) ||
        !loader_find_holds(loader, seen->hold, seen->count, new->hold))
        return false;
    *TOOL_PUSH(family->seen, family->seen_count, family->seen_room) = new;
    return true;
}

/* The hold that a misuse offends may be unknown: all zeros. */
static bool find_other(struct loader *loader, const struct lv_rec_misuse *seen,
                       struct lv_rec_misuse *new)
{
    if (seen->other_thread != 0 &&
        !loader_find_thread(loader, seen->other_thread, &new->other_thread))
        return false;
    return seen->other.class_id == 0 ||
           loader_find_hold(loader, &seen->other, &new->other);
}

static bool load_misuse(struct loader *loader, const void *entry)
{
    const struct lv_rec_misuse *seen = entry;
    struct model_family *family = loader_family(loader);
    struct lv_rec_misuse *new;

    new = tool_take(&loader->model->turn,
                    sizeof(*new) + seen->count * sizeof(new->hold[0]));
    new->kind = seen->kind;
    new->count = seen->count;
    if (!loader_find_thread(loader, seen->thread, &new->thread) ||
        !loader_find_hold(loader, &seen->lock, &new->lock) ||
        !find_other(loader, seen, new) ||
        !loader_find_holds(loader, seen->hold, seen->count, new->hold))
        return false;
    *TOOL_PUSH(family->misuse, family->misuse_count, family->misuse_room) = new;
    return true;
}

static bool find_role(struct loader *loader, const struct lv_rec_role *role,
                      struct lv_rec_role *found)
{
    *found = *role;
    return (role->instance == 0 ||
            loader_find_lock(loader, role->instance, &found->instance)) &&
           (role->class_id == 0 ||
            loader_find_class(loader, role->class_id, &found->class_id)) &&
           loader_find_stack(loader, role->stack, &found->stack) &&
           loader_find_stack(loader, role->lost, &found->lost);
}

static bool load_operation(struct loader *loader, const void *entry)
{
    const struct lv_rec_operation *seen = entry;
    struct model_family *family = loader_family(loader);
    struct lv_rec_operation *new;
    uint32_t i;

    new = tool_take(&loader->model->turn, seen->head.size);
    *new = *seen;
    for (i = 0; i < seen->role_count; i++)
        if (!find_role(loader, &seen->role[i], &new->role[i]))
            return false;
    if (!loader_find_thread(loader, seen->thread, &new->thread) ||
        !loader_find_stack(loader, seen->stack, &new->stack) ||
        !loader_find_holds(loader, lv_rec_operation_holds(seen), seen->count,
                           lv_rec_operation_holds(new)))
        return false;
    *TOOL_PUSH(family->operation, family->operation_count,
               family->operation_room) = new;
    return true;
}

static bool load_deadlock(struct loader *loader, const void *entry)
{
    const struct lv_rec_deadlock *seen = entry;
    struct model_family *family = loader_family(loader);
    struct lv_rec_deadlock *new;
    uint32_t i;

    new = tool_take(&loader->model->turn, seen->head.size);
    *new = *seen;
    for (i = 0; i < seen->count; i++)
        if (!loader_find_thread(loader, seen->party[i].thread,
                                &new->party[i].thread) ||
            !loader_find_holds(loader, &seen->party[i].held, 1,
                               &new->party[i].held) ||
            !loader_find_holds(loader, &seen->party[i].wanted, 1,
                               &new->party[i].wanted))
            return false;
    *TOOL_PUSH(family->deadlock, family->deadlock_count,
               family->deadlock_room) = new;
    return true;
}

static bool find_wait(struct loader *loader, const struct lv_rec_wait *seen,
                      struct lv_rec_wait *found)
{
    struct model_place place;

    if (!loader_find_thread(loader, seen->thread, &found->thread) ||
        !loader_find_stack(loader, seen->stack, &found->stack) ||
        !loader_find_place(loader, seen->place, &place) ||
        !loader_find_holds(loader, seen->hold, seen->count, found->hold))
        return false;
    found->place = LV_PLACE((uint64_t)place.module, place.offset);
    if (seen->joined != 0 &&
        !loader_find_thread(loader, seen->joined, &found->joined))
        return false;
    return seen->wanted.instance == 0 ||
           loader_find_hold(loader, &seen->wanted, &found->wanted);
}

static bool load_hang(struct loader *loader, const void *entry)
{
    const struct lv_rec_hang *seen = entry;
    struct model_family *family = loader_family(loader);
    struct lv_rec_hang *new;
    uint32_t i;

    new = tool_take(&loader->model->turn, seen->head.size);
    memcpy(new, seen, seen->head.size);
    for (i = 0; i < seen->count; i++)
        if (!find_wait(loader, &seen->wait[i], &new->wait[i]))
            return false;
    *TOOL_PUSH(family->hang, family->hang_count, family->hang_room) = new;
    return true;
}

static bool load_signal(struct loader *loader, const void *entry)
{
    const struct lv_rec_signal *seen = entry;
    struct model_family *family = loader_family(loader);
    struct lv_rec_signal *new;
    uint32_t i;

    new = tool_take(&loader->model->turn, seen->head.size);
    *new = *seen;
    if (!loader_find_thread(loader, seen->thread, &new->thread) ||
        !loader_find_hold(loader, &seen->event, &new->event))
        return false;
    for (i = 0; i < seen->count; i++) {
        new->need[i] = seen->need[i];
        if (!loader_find_hold(loader, &seen->need[i].lock, &new->need[i].lock))
            return false;
    }
    *TOOL_PUSH(family->signal, family->signal_count, family->signal_room) = new;
    return true;
}

static bool load_guess(struct loader *loader, const void *entry)
{
    const struct lv_rec_guess *guess = entry;
    struct model_instance *instance;
    uint32_t id;

    if (!loader_find_lock(loader, guess->instance, &id))
        return false;
    instance = &loader_family(loader)->instance[id];
    instance->holds |= guess->guess == LV_GUESS_HOLDS;
    instance->fails |= guess->guess == LV_GUESS_FAILS;
    return true;
}

/* The counts of all processes together: any of them may have come there. */
static bool load_steer(struct loader *loader, const void *entry)
{
    const struct lv_rec_steer *seen = entry;
    struct lv_rec_steer *sum = &loader->model->steer;
    uint32_t i;

    sum->count = seen->count;
    sum->met += seen->met;
    sum->proved += seen->proved;
    sum->finished += seen->finished;
    sum->writerless += seen->writerless;
    loader->guard = seen->guard; /* its class stands behind */
    loader->steer = seen;
    for (i = 0; i < seen->count; i++) {
        sum->step[i].arrived += seen->step[i].arrived;
        sum->step[i].parked += seen->step[i].parked;
    }
    return true;
}

bool loader_deed(struct loader *loader, const struct lv_rec_head *head)
{
    static bool (*const load[])(struct loader *, const void *) = {
        [LV_REC_JOIN] = load_join,
        [LV_REC_REAPED] = load_reaped,
        [LV_REC_OBSERVATION] = load_observation,
        [LV_REC_MISUSE] = load_misuse,
        [LV_REC_OPERATION] = load_operation,
        [LV_REC_DEADLOCK] = load_deadlock,
        [LV_REC_HANG] = load_hang,
        [LV_REC_SIGNAL] = load_signal,
        [LV_REC_GUESS] = load_guess,
        [LV_REC_STEER] = load_steer,
    };

    return head->type >= sizeof(load) / sizeof(load[0]) ||
           load[head->type] == NULL || load[head->type](loader, head);
}
