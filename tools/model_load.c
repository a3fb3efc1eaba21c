/* SPDX-License-Identifier: BSD-2-Clause */
/* model_load.c: one record into the model; see model.h.
 *
 * A forked child's ids go on from its parent's, while the parent goes on to
 * give the same ids to other things. So a child's own map of ids is filled by
 * walking the records of its ancestors from the oldest down, each up to the
 * fork, and then its own. Slower than sharing maps, but much simpler.
 *
 * An inherited lock or thread enters the family as a new one when the child
 * first speaks of it. */
#include "model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a record's id of a lock or thread means; `id` is the family's, 0 until
 * this process itself has spoken of it. */
struct local_lock {
    uint32_t class_id, id;
    uint32_t shared;
    uint64_t address, owner;
};

struct local_thread {
    uint32_t number, tid, id;
    const char *name;
};

struct loader {
    struct model *model;
    struct record *record; /* the one being walked */
    struct map modules, stacks, classes, locks, threads;
    struct local_lock *lock;
    size_t lock_count, lock_room;
    struct local_thread *thread;
    size_t thread_count, thread_room;
    uint32_t process; /* index of the process that all is for */
    uint32_t family;
    bool own; /* walking its own record, not an ancestor's */
    uint64_t at;
    uint32_t guard; /* lv_rec_steer's, not yet found */
};

static bool bad(struct loader *loader, const char *what, uint32_t id)
{
    return record_damaged(loader->record, loader->at, "%s %u", what, id);
}

static struct model_family *family_of(struct loader *loader)
{
    return &loader->model->family[loader->family];
}

/* ---- ids of the record to ids of the model ------------------------------- */

static bool find_stack(struct loader *loader, uint32_t id, uint32_t *found)
{
    *found = map_find(&loader->stacks, id);
    return id == 0 || *found != 0 ||
           bad(loader, "refers to the unknown stack", id);
}

static bool find_class(struct loader *loader, uint32_t id, uint32_t *found)
{
    *found = map_find(&loader->classes, id);
    return *found != 0 || bad(loader, "refers to the unknown class", id);
}

static bool find_place(struct loader *loader, lv_place place,
                       struct model_place *found)
{
    uint32_t id = LV_PLACE_MODULE(place);

    found->module = map_find(&loader->modules, id);
    found->offset = LV_PLACE_OFFSET(place);
    return id == 0 || found->module != 0 ||
           bad(loader, "refers to the unknown module", id);
}

static void meet_lock(struct loader *loader, struct local_lock *lock)
{
    struct model_family *family = family_of(loader);

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

static bool find_lock(struct loader *loader, uint32_t id, uint32_t *found)
{
    uint32_t index = map_find(&loader->locks, id);
    struct local_lock *lock;

    if (index == 0)
        return bad(loader, "refers to the unknown lock", id);
    lock = &loader->lock[index - 1];
    if (lock->id == 0)
        meet_lock(loader, lock);
    *found = lock->id;
    return true;
}

static void meet_thread(struct loader *loader, struct local_thread *thread,
                        uint32_t parent, uint32_t segment)
{
    struct model_family *family = family_of(loader);

    *TOOL_PUSH(family->thread, family->thread_count, family->thread_room) =
        (struct model_thread){loader->process, thread->number, thread->tid,
                              thread->name};
    thread->id = (uint32_t)family->thread_count - 1;
    *TOOL_PUSH(family->birth, family->birth_count, family->birth_room) =
        (struct model_birth){thread->id, parent, segment};
}

static bool find_thread(struct loader *loader, uint32_t id, uint32_t *found)
{
    uint32_t index = map_find(&loader->threads, id);
    struct local_thread *thread;

    if (index == 0)
        return bad(loader, "refers to the unknown thread", id);
    thread = &loader->thread[index - 1];
    if (thread->id == 0)
        meet_thread(loader, thread, 0, 0);
    *found = thread->id;
    return true;
}

static bool find_hold(struct loader *loader, const struct lv_rec_hold *hold,
                      struct lv_rec_hold *found)
{
    found->how = hold->how & 0x00ffffff; /* owners are the model's */
    return find_lock(loader, hold->instance, &found->instance) &&
           find_class(loader, hold->class_id, &found->class_id) &&
           find_stack(loader, hold->stack, &found->stack);
}

static bool find_holds(struct loader *loader, const struct lv_rec_hold *hold,
                       uint32_t count, struct lv_rec_hold *found)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        if (!find_hold(loader, &hold[i], &found[i]))
            return false;
    return true;
}

/* ---- definitions --------------------------------------------------------- */

static bool define(struct loader *loader, struct map *map, const char *what,
                   uint32_t id, uint32_t value)
{
    return map_add(map, id, value) || bad(loader, what, id);
}

static bool load_module(struct loader *loader, const void *entry)
{
    const struct lv_rec_module *module = entry;
    struct model *model = loader->model;
    size_t size = strlen(module->path);
    struct tool_arena scratch = {0};
    uint8_t *key = tool_take(&scratch, 32 + size);
    struct model_process *process;
    uint32_t id;
    bool added;

    memcpy(key, module->build_id, module->build_id_size);
    memcpy(key + 32, module->path, size);
    id = intern_add(&model->modules, &model->arena, key, 32 + size, &added);
    tool_arena_free(&scratch);
    if (added) {
        struct model_module *new =
            TOOL_PUSH(model->module, model->module_count, model->module_room);

        memset(new, 0, sizeof(*new));
        new->open_path = tool_copy(&model->arena, module->path, size);
        new->path = tool_clean(&model->arena, module->path, size);
        new->build_id_size = module->build_id_size;
        memcpy(new->build_id, module->build_id, module->build_id_size);
    }
    process = &model->process[loader->process];
    *TOOL_PUSH(process->module, process->module_count, process->module_room) =
        id;
    return define(loader, &loader->modules, "defines again the module",
                  module->id, id);
}

static uint32_t keep_stack(struct model *model, const struct model_place *frame,
                           uint32_t count)
{
    bool added;
    size_t size = count * sizeof(*frame);
    uint32_t id =
        intern_add(&model->stacks, &model->arena, frame, size, &added);

    if (added)
        *TOOL_PUSH(model->stack, model->stack_count,
                   model->stack_room) = (struct model_stack){
            count,
            (const void *)tool_copy(&model->arena, (const char *)frame, size)};
    return id;
}

static bool load_stack(struct loader *loader, const void *entry)
{
    const struct lv_rec_stack *stack = entry;
    struct model_place *frame = calloc(stack->count + 1, sizeof(*frame));
    bool good = true;
    uint32_t i, id = 0;

    if (frame == NULL)
        tool_out_of_memory();
    for (i = 0; i < stack->count && good; i++)
        good = find_place(loader, stack->frame[i], &frame[i]);
    if (good)
        id = keep_stack(loader->model, frame, stack->count);
    free(frame);
    return good && define(loader, &loader->stacks, "defines again the stack",
                          stack->id, id);
}

/* What makes two classes one; without padding that could differ. */
static uint32_t keep_class(struct model *model, const struct model_class *new,
                           bool *added)
{
    bool by_stack = new->kind == LV_CLASS_INIT || new->kind == LV_CLASS_FIRST;
    bool by_site = new->kind == LV_CLASS_STATIC || new->kind == LV_CLASS_FRAME;
    char *key = tool_print(
        &model->turn, "%u %u %u %u %" PRIu64 " %" PRId64 " %s", new->kind,
        new->subclass, by_stack ? new->stack : 0,
        by_site ? new->site.module : 0, by_site ? new->site.offset : 0,
        new->kind == LV_CLASS_FRAME ? new->offset : 0, new->name);
    uint32_t id =
        intern_add(&model->classes, &model->arena, key, strlen(key), added);

    return id;
}

static bool load_class(struct loader *loader, const void *entry)
{
    const struct lv_rec_class *class = entry;
    struct model *model = loader->model;
    struct model_class new = {.kind = class->kind,
                              .family = class->family,
                              .subclass = class->subclass,
                              .flags = class->flags,
                              .offset = class->offset};
    uint32_t id, base;
    bool added;

    if (!find_stack(loader, class->stack, &new.stack) ||
        !find_place(loader, class->site, &new.site) ||
        (class->base != 0 && !find_class(loader, class->base, &base)))
        return false;
    new.name = tool_clean(&model->turn, class->name, strlen(class->name));
    id = keep_class(model, &new, &added);
    if (added) {
        new.name = tool_copy(&model->arena, new.name, strlen(new.name));
        *TOOL_PUSH(model->class, model->class_count, model->class_room) = new;
    }
    model->class[id].here = true;
    return define(loader, &loader->classes, "defines again the class",
                  class->id, id);
}

/* What makes two locks one, whoever has them. */
static uint32_t keep_shared(struct model *model,
                            const struct lv_rec_shared *shared)
{
    uint64_t key[] = {shared->kind, shared->device, shared->inode,
                      shared->start, shared->end};
    bool added, ignored;
    uint32_t id =
        intern_add(&model->places, &model->turn, key, sizeof(key), &added);

    if (added)
        *TOOL_PUSH(model->shared, model->shared_count, model->shared_room) =
            (struct model_shared){
                .kind = shared->kind,
                .file = intern_add(&model->files, &model->turn, key,
                                   3 * sizeof(key[0]), &ignored),
                .start = shared->start,
                .end = shared->end,
                .path = tool_clean(&model->turn, shared->path,
                                   strlen(shared->path)),
            };
    return id;
}

static bool load_instance(struct loader *loader, const void *entry)
{
    const struct lv_rec_instance *instance = entry;
    const struct lv_rec_shared *shared = lv_rec_instance_shared(instance);
    struct local_lock lock = {.address = instance->address};

    if (!find_class(loader, instance->class_id, &lock.class_id))
        return false;
    if (shared != NULL) {
        lock.shared = keep_shared(loader->model, shared);
        lock.owner = shared->owner;
    }
    if (!define(loader, &loader->locks, "defines again the lock", instance->id,
                (uint32_t)loader->lock_count + 1))
        return false;
    if (loader->own)
        meet_lock(loader, &lock);
    *TOOL_PUSH(loader->lock, loader->lock_count, loader->lock_room) = lock;
    return true;
}

static bool load_thread(struct loader *loader, const void *entry)
{
    const struct lv_rec_thread *thread = entry;
    struct local_thread new = {.number = thread->id, .tid = thread->tid};
    uint32_t parent = 0;

    if (thread->parent != 0 && loader->own &&
        !find_thread(loader, thread->parent, &parent))
        return false;
    if (!define(loader, &loader->threads, "defines again the thread",
                thread->id, (uint32_t)loader->thread_count + 1))
        return false;
    new.name =
        tool_clean(&loader->model->turn, thread->name, strlen(thread->name));
    if (loader->own)
        meet_thread(loader, &new, parent, thread->parent_segment);
    *TOOL_PUSH(loader->thread, loader->thread_count, loader->thread_room) = new;
    return true;
}

static bool load_thread_name(struct loader *loader, const void *entry)
{
    const struct lv_rec_thread_name *name = entry;
    uint32_t index = map_find(&loader->threads, name->id);
    struct local_thread *thread;

    if (index == 0)
        return bad(loader, "names the unknown thread", name->id);
    thread = &loader->thread[index - 1];
    thread->name =
        tool_clean(&loader->model->turn, name->name, strlen(name->name));
    if (thread->id != 0)
        family_of(loader)->thread[thread->id].name = thread->name;
    return true;
}

/* ---- what a process did -------------------------------------------------- */

static bool load_join(struct loader *loader, const void *entry)
{
    const struct lv_rec_join *join = entry;
    struct model_family *family = family_of(loader);
    uint32_t joiner, joined;

    if (!loader->own)
        return true;
    if (!find_thread(loader, join->joiner, &joiner) ||
        !find_thread(loader, join->joined, &joined))
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

    if (!loader->own)
        return true;
    if (!find_thread(loader, reaped->thread, &thread))
        return false;
    *TOOL_PUSH(model->reaped, model->reaped_count, model->reaped_room) =
        (struct model_reaped){loader->process, thread, reaped->segment,
                              reaped->pid};
    return true;
}

static bool load_observation(struct loader *loader, const void *entry)
{
    const struct lv_rec_observation *seen = entry;
    struct model_family *family = family_of(loader);
    struct lv_rec_observation *new;

    if (!loader->own)
        return true;
    new = tool_take(&loader->model->turn,
                    sizeof(*new) + seen->count * sizeof(new->hold[0]));
    new->head = seen->head;
    new->segment = seen->segment;
    new->count = seen->count;
    if (!find_thread(loader, seen->thread, &new->thread) ||
        !find_hold(loader, &seen->wanted, &new->wanted) ||
        !find_holds(loader, seen->hold, seen->count, new->hold))
        return false;
    *TOOL_PUSH(family->seen, family->seen_count, family->seen_room) = new;
    return true;
}

/* The hold that a misuse offends may be unknown: all zeros. */
static bool find_other(struct loader *loader, const struct lv_rec_misuse *seen,
                       struct lv_rec_misuse *new)
{
    if (seen->other_thread != 0 &&
        !find_thread(loader, seen->other_thread, &new->other_thread))
        return false;
    return seen->other.class_id == 0 ||
           find_hold(loader, &seen->other, &new->other);
}

static bool load_misuse(struct loader *loader, const void *entry)
{
    const struct lv_rec_misuse *seen = entry;
    struct model_family *family = family_of(loader);
    struct lv_rec_misuse *new;

    if (!loader->own)
        return true;
    new = tool_take(&loader->model->turn,
                    sizeof(*new) + seen->count * sizeof(new->hold[0]));
    new->kind = seen->kind;
    new->count = seen->count;
    if (!find_thread(loader, seen->thread, &new->thread) ||
        !find_hold(loader, &seen->lock, &new->lock) ||
        !find_other(loader, seen, new) ||
        !find_holds(loader, seen->hold, seen->count, new->hold))
        return false;
    *TOOL_PUSH(family->misuse, family->misuse_count, family->misuse_room) = new;
    return true;
}

/* ---- rules --------------------------------------------------------------- */

/* A child inherits what its parent declared before the fork. */
static bool load_rules(struct loader *loader, const void *entry)
{
    const struct lv_rec_rules *rules = entry;
    struct model *model = loader->model;
    size_t size = strlen(rules->text);
    bool added;

    intern_add(&model->rule_texts, &model->turn, rules->text, size, &added);
    if (added)
        *TOOL_PUSH(model->rules, model->rules_count, model->rules_room) =
            tool_copy(&model->turn, rules->text, size);
    return true;
}

static bool find_role(struct loader *loader, const struct lv_rec_role *role,
                      struct lv_rec_role *found)
{
    *found = *role;
    return (role->instance == 0 ||
            find_lock(loader, role->instance, &found->instance)) &&
           (role->class_id == 0 ||
            find_class(loader, role->class_id, &found->class_id)) &&
           find_stack(loader, role->stack, &found->stack) &&
           find_stack(loader, role->lost, &found->lost);
}

static bool load_operation(struct loader *loader, const void *entry)
{
    const struct lv_rec_operation *seen = entry;
    struct model_family *family = family_of(loader);
    struct lv_rec_operation *new;
    uint32_t i;

    if (!loader->own)
        return true;
    new = tool_take(&loader->model->turn, seen->head.size);
    *new = *seen;
    for (i = 0; i < seen->role_count; i++)
        if (!find_role(loader, &seen->role[i], &new->role[i]))
            return false;
    if (!find_thread(loader, seen->thread, &new->thread) ||
        !find_stack(loader, seen->stack, &new->stack) ||
        !find_holds(loader, lv_rec_operation_holds(seen), seen->count,
                    lv_rec_operation_holds(new)))
        return false;
    *TOOL_PUSH(family->operation, family->operation_count,
               family->operation_room) = new;
    return true;
}

static bool load_deadlock(struct loader *loader, const void *entry)
{
    const struct lv_rec_deadlock *seen = entry;
    struct model_family *family = family_of(loader);
    struct lv_rec_deadlock *new;
    uint32_t i;

    if (!loader->own)
        return true;
    new = tool_take(&loader->model->turn, seen->head.size);
    *new = *seen;
    for (i = 0; i < seen->count; i++)
        if (!find_thread(loader, seen->party[i].thread,
                         &new->party[i].thread) ||
            !find_holds(loader, &seen->party[i].held, 1, &new->party[i].held) ||
            !find_holds(loader, &seen->party[i].wanted, 1,
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

    if (!find_thread(loader, seen->thread, &found->thread) ||
        !find_stack(loader, seen->stack, &found->stack) ||
        !find_place(loader, seen->place, &place) ||
        !find_holds(loader, seen->hold, seen->count, found->hold))
        return false;
    found->place = LV_PLACE((uint64_t)place.module, place.offset);
    if (seen->joined != 0 && !find_thread(loader, seen->joined, &found->joined))
        return false;
    return seen->wanted.instance == 0 ||
           find_hold(loader, &seen->wanted, &found->wanted);
}

static bool load_hang(struct loader *loader, const void *entry)
{
    const struct lv_rec_hang *seen = entry;
    struct model_family *family = family_of(loader);
    struct lv_rec_hang *new;
    uint32_t i;

    if (!loader->own)
        return true;
    new = tool_take(&loader->model->turn, seen->head.size);
    memcpy(new, seen, seen->head.size);
    for (i = 0; i < seen->count; i++)
        if (!find_wait(loader, &seen->wait[i], &new->wait[i]))
            return false;
    *TOOL_PUSH(family->hang, family->hang_count, family->hang_room) = new;
    return true;
}

static bool load_nothing(struct loader *loader, const void *entry)
{
    (void)loader;
    (void)entry;
    return true;
}

static bool load_signal(struct loader *loader, const void *entry)
{
    const struct lv_rec_signal *seen = entry;
    struct model_family *family = family_of(loader);
    struct lv_rec_signal *new;
    uint32_t i;

    if (!loader->own)
        return true;
    new = tool_take(&loader->model->turn, seen->head.size);
    *new = *seen;
    if (!find_thread(loader, seen->thread, &new->thread) ||
        !find_hold(loader, &seen->event, &new->event))
        return false;
    for (i = 0; i < seen->count; i++) {
        new->need[i] = seen->need[i];
        if (!find_hold(loader, &seen->need[i].lock, &new->need[i].lock))
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

    if (!loader->own)
        return true;
    if (!find_lock(loader, guess->instance, &id))
        return false;
    instance = &family_of(loader)->instance[id];
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

    if (!loader->own)
        return true;
    sum->count = seen->count;
    sum->met += seen->met;
    sum->proved += seen->proved;
    sum->finished += seen->finished;
    loader->guard = seen->guard; /* its class stands behind */
    for (i = 0; i < seen->count; i++) {
        sum->step[i].arrived += seen->step[i].arrived;
        sum->step[i].parked += seen->step[i].parked;
    }
    return true;
}

static bool load_entry(struct loader *loader, const struct lv_rec_head *head)
{
    static bool (*const load[])(struct loader *, const void *) = {
        [LV_REC_MODULE] = load_module,
        [LV_REC_STACK] = load_stack,
        [LV_REC_CLASS] = load_class,
        [LV_REC_INSTANCE] = load_instance,
        [LV_REC_THREAD] = load_thread,
        [LV_REC_THREAD_NAME] = load_thread_name,
        [LV_REC_JOIN] = load_join,
        [LV_REC_OBSERVATION] = load_observation,
        [LV_REC_MISUSE] = load_misuse,
        [LV_REC_RULES] = load_rules,
        [LV_REC_OPERATION] = load_operation,
        [LV_REC_DEADLOCK] = load_deadlock,
        [LV_REC_REAPED] = load_reaped,
        [LV_REC_WAITS] = load_nothing,
        [LV_REC_HANG] = load_hang,
        [LV_REC_SIGNAL] = load_signal,
        [LV_REC_GUESS] = load_guess,
        [LV_REC_STEER] = load_steer,
    };

    return load[head->type](loader, head);
}

/* Entries up to `end` bytes after the header; what is behind is not there. */
static bool walk(struct loader *loader, uint64_t end)
{
    uint64_t at = loader->record->header.header_size, stop;
    const struct lv_rec_head *head;

    stop = end == UINT64_MAX           ? UINT64_MAX /* to the end */
           : end > UINT64_MAX - 1 - at ? UINT64_MAX - 1
                                       : at + end;
    for (;;) {
        loader->at = at;
        if (at >= stop)
            return at == stop || record_damaged(loader->record, at,
                                                "its child was forked in the "
                                                "middle of an entry");
        head = record_next(loader->record, &at);
        if (head == NULL)
            return loader->record->damage.reason[0] == '\0' &&
                   (stop == UINT64_MAX ||
                    record_damaged(loader->record, loader->at,
                                   "ends before the fork of its child"));
        if (!load_entry(loader, head))
            return false;
    }
}

/* ---- a record and its ancestors ------------------------------------------ */

struct chain {
    struct record *record; /* [0] is the process's own, then its parent's, … */
    size_t count, room;
};

static void tell(const char *path, const struct record_damage *damage)
{
    tool_error("%s: byte %" PRIu64 ": %s", path, damage->offset,
               damage->reason);
}

static void tell_parent(const char *path, const struct record *parent)
{
    tool_error("%s: not used, as the record it was forked from is no good: "
               "%s: byte %" PRIu64 ": %s",
               path, tool_base(parent->path), parent->damage.offset,
               parent->damage.reason);
}

static bool has(const struct chain *chain, const char *path)
{
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (strcmp(chain->record[i].path, path) == 0)
            return true;
    return false;
}

static char *beside(struct tool_arena *arena, const char *path,
                    const char *name)
{
    const char *base = tool_base(path);

    return tool_print(arena, "%.*s%s", (int)(base - path), path, name);
}

/* Open the parents, up to the first process. False: one is no good. */
static bool open_parents(struct chain *chain, struct tool_arena *arena)
{
    for (;;) {
        struct record *last = &chain->record[chain->count - 1];
        const char *path;

        if (last->header.parent[0] == '\0')
            return true;
        path = beside(arena, last->path, last->header.parent);
        if (has(chain, path))
            return record_damaged(last, offsetof(struct lv_rec_header, parent),
                                  "is its own ancestor");
        if (!record_open(TOOL_PUSH(chain->record, chain->count, chain->room),
                         path))
            return false;
    }
}

static uint32_t add_family(struct model *model, const char *root)
{
    bool added;
    uint32_t id =
        intern_add(&model->families, &model->turn, root, strlen(root), &added);
    struct model_family *family;

    if (!added)
        return id - 1;
    family = TOOL_PUSH(model->family, model->family_count, model->family_room);
    memset(family, 0, sizeof(*family));
    *TOOL_PUSH(family->instance, family->instance_count,
               family->instance_room) = (struct model_instance){0};
    *TOOL_PUSH(family->thread, family->thread_count, family->thread_room) =
        (struct model_thread){.name = ""};
    return id - 1;
}

/* Arguments are separated by NUL, the last one ends with one or is cut off. */
static const char *join_command(struct model *model,
                                const struct lv_rec_header *header)
{
    char line[sizeof(header->command) + 1];
    size_t i, end = 0;

    for (i = 0; i < sizeof(header->command); i++) {
        line[i] = header->command[i] != '\0' ? header->command[i] : ' ';
        if (header->command[i] != '\0')
            end = i + 1;
    }
    return tool_clean(&model->turn, line, end);
}

/* Where the user gave none, what was run serves. */
static const char *name_test(struct model *model,
                             const struct lv_rec_header *header)
{
    const char *command = join_command(model, header);

    if (header->test[0] != '\0')
        return tool_clean(&model->turn, header->test, sizeof(header->test));
    if (command[0] != '\0')
        return command;
    return tool_clean(&model->turn, header->program, sizeof(header->program));
}

static const char *parent_of(struct model *model, const struct record *record)
{
    const char *path;

    if (record->header.parent[0] == '\0')
        return "";
    path = beside(&model->turn, record->path, record->header.parent);
    return tool_clean(&model->turn, path, strlen(path));
}

static void add_process(struct loader *loader, const struct record *record)
{
    struct model *model = loader->model;
    const struct lv_rec_header *header = &record->header;
    struct model_process *process =
        TOOL_PUSH(model->process, model->process_count, model->process_room);

    *process = (struct model_process){
        .record = tool_clean(&model->turn, record->path, strlen(record->path)),
        .program =
            tool_clean(&model->turn, header->program, sizeof(header->program)),
        .command = join_command(model, header),
        .parent = parent_of(model, record),
        .parent_thread = header->parent_thread,
        .parent_segment = header->parent_segment,
        .test = name_test(model, header),
        .start_ns = header->start_ns,
        .pid = header->pid,
        .family = loader->family,
        .state = header->state,
        .acquisitions = header->acquisitions,
        .instances = header->instances,
        .threads = header->threads,
        .chains = header->chains,
        .misses = header->misses,
    };
    memcpy(process->lost, header->lost, sizeof(process->lost));
    loader->process = (uint32_t)model->process_count - 1;
}

static bool load_chain(struct model *model, const struct chain *chain)
{
    const struct record *root = &chain->record[chain->count - 1];
    struct loader loader = {.model = model};
    size_t i;
    bool good = true;

    loader.family = add_family(model, root->path);
    add_process(&loader, &chain->record[0]);
    for (i = chain->count; i-- > 0 && good;) {
        loader.record = &chain->record[i];
        loader.own = i == 0;
        good = walk(&loader,
                    i == 0 ? UINT64_MAX
                           : chain->record[i - 1].header.parent_committed);
    }
    if (loader.guard != 0)
        model->steer.guard = map_find(&loader.classes, loader.guard);
    map_free(&loader.modules);
    map_free(&loader.stacks);
    map_free(&loader.classes);
    map_free(&loader.locks);
    map_free(&loader.threads);
    free(loader.lock);
    free(loader.thread);
    return good;
}

/* One line for the first damage found, the process's own or an ancestor's. */
static void tell_damage(struct model *model, const struct chain *chain)
{
    size_t i;

    model->damaged++;
    for (i = 0; i < chain->count; i++) {
        const struct record *record = &chain->record[i];

        if (record->damage.reason[0] == '\0')
            continue;
        if (i == 0)
            tell(record->path, &record->damage);
        else
            tell_parent(chain->record[0].path, record);
        return;
    }
}

bool model_load(struct model *model, const char *path)
{
    struct chain chain = {0};
    struct tool_arena arena = {0};
    bool opened, good;
    size_t i;

    opened =
        record_open(TOOL_PUSH(chain.record, chain.count, chain.room), path) &&
        open_parents(&chain, &arena);
    good = opened && load_chain(model, &chain);
    if (!good && !chain.record[0].unbegun)
        tell_damage(model, &chain);
    for (i = 0; i < chain.count; i++)
        record_close(&chain.record[i]);
    free(chain.record);
    tool_arena_free(&arena);
    return opened;
}
