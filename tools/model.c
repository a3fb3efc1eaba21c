/* SPDX-License-Identifier: BSD-2-Clause */
/* model.c: see model.h. Directories, and the order of each family. */
#include "model.h"

#include "model_await.h"
#include "model_merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void model_start(struct model *model)
{
    memset(model, 0, sizeof(*model));
    *TOOL_PUSH(model->module, model->module_count, model->module_room) =
        (struct model_module){.path = "", .open_path = ""};
    *TOOL_PUSH(model->stack, model->stack_count, model->stack_room) =
        (struct model_stack){0};
    *TOOL_PUSH(model->class, model->class_count, model->class_room) =
        (struct model_class){.name = ""};
    *TOOL_PUSH(model->shared, model->shared_count, model->shared_room) =
        (struct model_shared){.path = ""};
}

static void free_family(struct model_family *family)
{
    lv_order_free(family->order);
    lv_segments_free(family->segments);
    free(family->instance);
    free(family->thread);
    free(family->seen);
    free(family->misuse);
    free(family->operation);
    free(family->deadlock);
    free(family->birth);
    free(family->join);
    free(family->hang);
    free(family->signal);
}

static void free_families(struct model *model)
{
    size_t i;

    for (i = 0; i < model->family_count; i++)
        free_family(&model->family[i]);
    for (i = 0; i < model->process_count; i++)
        free(model->process[i].module);
}

void model_next(struct model *model)
{
    size_t i;

    free_families(model);
    intern_free(&model->families);
    intern_free(&model->rule_texts);
    intern_free(&model->places);
    intern_free(&model->files);
    model->family_count = model->process_count = model->rules_count = 0;
    model->reaped_count = 0;
    model->shared_count = 1; /* the blank one */
    model->damaged = 0;
    for (i = 1; i < model->class_count; i++) {
        model->class[i].instances = 0;
        model->class[i].here = false;
    }
    tool_arena_free(&model->turn);
}

void model_free(struct model *model)
{
    free_families(model);
    free(model->family);
    free(model->process);
    free(model->class);
    free(model->stack);
    free(model->module);
    intern_free(&model->modules);
    intern_free(&model->stacks);
    intern_free(&model->classes);
    intern_free(&model->families);
    intern_free(&model->rule_texts);
    intern_free(&model->places);
    intern_free(&model->files);
    free(model->shared);
    free(model->reaped);
    free(model->rules);
    tool_arena_free(&model->turn);
    tool_arena_free(&model->arena);
}

/* ---- directories --------------------------------------------------------- */

struct listed {
    char *path;
    uint64_t start_ns;
};

struct list {
    struct listed *item;
    size_t count, room;
};

static int by_start(const void *left, const void *right)
{
    const struct listed *a = left, *b = right;

    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return strcmp(a->path, b->path);
}

/* 0 where the header is no good: reading it will tell. */
static uint64_t start_of(const char *path)
{
    struct record record;
    uint64_t start = record_open(&record, path) ? record.header.start_ns : 0;

    record_close(&record);
    return start;
}

static void list_record(struct model *model, struct list *list,
                        const char *directory, const char *name)
{
    char *path = tool_print(&model->arena, "%s/%s", directory, name);

    *TOOL_PUSH(list->item, list->count, list->room) =
        (struct listed){path, start_of(path)};
}

static void read_list(struct model *model, struct list *list)
{
    size_t i;

    if (list->count > 0)
        qsort(list->item, list->count, sizeof(*list->item), by_start);
    for (i = 0; i < list->count; i++) {
        tool_progress("reading records", i, list->count);
        model_load(model, list->item[i].path);
    }
    free(list->item);
}

static bool read_directory(struct model *model, const char *path,
                           const struct directory_list *except)
{
    struct directory_list files = {0};
    struct list list = {0};
    size_t i;

    if (!directory_read(&files, path)) {
        tool_error("%s: %s", path, strerror(errno));
        return false;
    }
    for (i = 0; i < files.count; i++)
        if (except == NULL || !directory_has(except, files.name[i]))
            list_record(model, &list, path, files.name[i]);
    directory_free(&files);
    read_list(model, &list);
    return true;
}

bool model_read(struct model *model, const char *path,
                const struct directory_list *except)
{
    struct stat about;

    if (stat(path, &about) != 0) {
        tool_error("%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(about.st_mode))
        return read_directory(model, path, except);
    return model_load(model, path);
}

/* ---- order --------------------------------------------------------------- */

static void learn_threads(struct model_family *family)
{
    size_t i;

    for (i = 0; i < family->birth_count; i++) {
        const struct model_birth *birth = &family->birth[i];

        if (!lv_segments_thread(family->segments, birth->thread, birth->parent,
                                birth->segment))
            family->order_lost = true;
    }
    for (i = 0; i < family->join_count; i++) {
        const struct model_join *join = &family->join[i];

        if (!lv_segments_meet(family->segments, join->joiner, join->segment,
                              join->joined, join->until))
            family->order_lost = true;
    }
}

static void learn(struct model_family *family)
{
    size_t i;

    family->segments = lv_segments_new();
    if (family->segments == NULL)
        tool_out_of_memory();
    learn_threads(family);
    family->order = lv_order_new(family->segments);
    if (family->order == NULL)
        tool_out_of_memory();
    for (i = 0; i < family->seen_count; i++)
        if (!lv_order_observe(family->order, family->seen[i], NULL, NULL))
            family->order_lost = true;
}

void model_learn(struct model *model)
{
    size_t i;

    model_merge(model);
    for (i = 0; i < model->family_count; i++)
        model_await(model, &model->family[i]);
    for (i = 0; i < model->family_count; i++) {
        tool_progress("learning orders", i, model->family_count);
        learn(&model->family[i]);
    }
}
