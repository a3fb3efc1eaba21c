/* SPDX-License-Identifier: BSD-2-Clause */
/* model_ids.c: a record's ids to the model's; see model_loader.h. */
#include "model_loader.h"

bool loader_bad(struct loader *loader, const char *what, uint32_t id)
{
    return record_damaged(loader->record, loader->at, "%s %u", what, id);
}

struct model_family *loader_family(struct loader *loader)
{
    return &loader->model->family[loader->family];
}

bool loader_find_stack(struct loader *loader, uint32_t id, uint32_t *found)
{
    *found = map_find(&loader->stacks, id);
    return id == 0 || *found != 0 ||
           loader_bad(loader, "refers to the unknown stack", id);
}

bool loader_find_class(struct loader *loader, uint32_t id, uint32_t *found)
{
    *found = map_find(&loader->classes, id);
    return *found != 0 || loader_bad(loader, "refers to the unknown class", id);
}

bool loader_find_place(struct loader *loader, lv_place place,
                       struct model_place *found)
{
    uint32_t id = LV_PLACE_MODULE(place);

    found->module = map_find(&loader->modules, id);
    found->offset = LV_PLACE_OFFSET(place);
    return id == 0 || found->module != 0 ||
           loader_bad(loader, "refers to the unknown module", id);
}

void loader_meet_lock(struct loader *loader, struct local_lock *lock)
{
    struct model_family *family = loader_family(loader);

    *TOOL_PUSH(family->instance, family->instance_count,
               family->instance_room) =
        (struct model_instance){.class_id = lock->class_id,
                                .process = loader->process,
                                .shared = lock->shared,
                                .address = lock->address,
                                .owner = lock->owner};
    lock->id = (uint32_t)family->instance_count - 1;
    loader->model->class[lock->class_id].instances++;
}

bool loader_find_lock(struct loader *loader, uint32_t id, uint32_t *found)
{
    uint32_t index = map_find(&loader->locks, id);
    struct local_lock *lock;

    if (index == 0)
        return loader_bad(loader, "refers to the unknown lock", id);
    lock = &loader->lock[index - 1];
    if (lock->id == 0)
        loader_meet_lock(loader, lock);
    *found = lock->id;
    return true;
}

void loader_meet_thread(struct loader *loader, struct local_thread *thread,
                        uint32_t parent, uint32_t segment)
{
    struct model_family *family = loader_family(loader);

    *TOOL_PUSH(family->thread, family->thread_count, family->thread_room) =
        (struct model_thread){loader->process, thread->number, thread->tid,
                              thread->name};
    thread->id = (uint32_t)family->thread_count - 1;
    *TOOL_PUSH(family->birth, family->birth_count, family->birth_room) =
        (struct model_birth){thread->id, parent, segment};
}

bool loader_find_thread(struct loader *loader, uint32_t id, uint32_t *found)
{
    uint32_t index = map_find(&loader->threads, id);
    struct local_thread *thread;

    if (index == 0)
        return loader_bad(loader, "refers to the unknown thread", id);
    thread = &loader->thread[index - 1];
    if (thread->id == 0)
        loader_meet_thread(loader, thread, 0, 0);
    *found = thread->id;
    return true;
}

bool loader_find_hold(struct loader *loader, const struct lv_rec_hold *hold,
                      struct lv_rec_hold *found)
{
    found->how = hold->how & 0x00ffffff; /* owners are the model's */
    return loader_find_lock(loader, hold->instance, &found->instance) &&
           loader_find_class(loader, hold->class_id, &found->class_id) &&
           loader_find_stack(loader, hold->stack, &found->stack);
}

bool loader_find_holds(struct loader *loader, const struct lv_rec_hold *hold,
                       uint32_t count, struct lv_rec_hold *found)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        if (!loader_find_hold(loader, &hold[i], &found[i]))
            return false;
    return true;
}
