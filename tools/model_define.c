/* SPDX-License-Identifier: BSD-2-Clause */
/* model_define.c: what a record names by an id, and the rules that it declares;
 * see model_loader.h. */
#include "model_loader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool define(struct loader *loader, struct map *map, const char *what,
                   uint32_t id, uint32_t value)
{
    return map_add(map, id, value) || loader_bad(loader, what, id);
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
        good = loader_find_place(loader, stack->frame[i], &frame[i]);
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

    return intern_add(&model->classes, &model->arena, key, strlen(key), added);
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

    if (!loader_find_stack(loader, class->stack, &new.stack) ||
        !loader_find_place(loader, class->site, &new.site) ||
        (class->base != 0 && !loader_find_class(loader, class->base, &base)))
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

    if (!loader_find_class(loader, instance->class_id, &lock.class_id))
        return false;
    if (shared != NULL) {
        lock.shared = keep_shared(loader->model, shared);
        lock.owner = shared->owner;
    }
    if (!define(loader, &loader->locks, "defines again the lock", instance->id,
                (uint32_t)loader->lock_count + 1))
        return false;
    if (loader->own)
        loader_meet_lock(loader, &lock);
    *TOOL_PUSH(loader->lock, loader->lock_count, loader->lock_room) = lock;
    return true;
}

static bool load_thread(struct loader *loader, const void *entry)
{
    const struct lv_rec_thread *thread = entry;
    struct local_thread new = {.number = thread->id, .tid = thread->tid};
    uint32_t parent = 0;

    if (thread->parent != 0 && loader->own &&
        !loader_find_thread(loader, thread->parent, &parent))
        return false;
    if (!define(loader, &loader->threads, "defines again the thread",
                thread->id, (uint32_t)loader->thread_count + 1))
        return false;
    new.name =
        tool_clean(&loader->model->turn, thread->name, strlen(thread->name));
    if (loader->own)
        loader_meet_thread(loader, &new, parent, thread->parent_segment);
    *TOOL_PUSH(loader->thread, loader->thread_count, loader->thread_room) = new;
    return true;
}

static bool load_thread_name(struct loader *loader, const void *entry)
{
    const struct lv_rec_thread_name *name = entry;
    uint32_t index = map_find(&loader->threads, name->id);
    struct local_thread *thread;

    if (index == 0)
        return loader_bad(loader, "names the unknown thread", name->id);
    thread = &loader->thread[index - 1];
    thread->name =
        tool_clean(&loader->model->turn, name->name, strlen(name->name));
    if (thread->id != 0)
        loader_family(loader)->thread[thread->id].name = thread->name;
    return true;
}

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

bool loader_define(struct loader *loader, const struct lv_rec_head *head)
{
    static bool (*const load[])(struct loader *, const void *) = {
        [LV_REC_MODULE] = load_module, [LV_REC_STACK] = load_stack,
        [LV_REC_CLASS] = load_class,   [LV_REC_INSTANCE] = load_instance,
        [LV_REC_THREAD] = load_thread, [LV_REC_THREAD_NAME] = load_thread_name,
        [LV_REC_RULES] = load_rules,
    };

    return head->type >= sizeof(load) / sizeof(load[0]) ||
           load[head->type] == NULL || load[head->type](loader, head);
}
