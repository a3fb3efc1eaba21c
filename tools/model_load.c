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
#include "model_loader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
        if (!loader_define(loader, head) ||
            (loader->own && !loader_deed(loader, head)))
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

/* Threads stand behind the entry as well. */
static void find_met(struct loader *loader)
{
    uint32_t i;

    for (i = 0; i < loader->steer->count; i++) {
        struct model_met *met = &loader->model->met[i];
        uint32_t thread = loader->steer->step[i].thread;
        uint32_t writer = loader->steer->step[i].writer;

        if (thread == 0 && writer == 0)
            continue;
        met->family = loader->family;
        if (thread != 0)
            loader_find_thread(loader, thread, &met->thread);
        if (writer != 0)
            loader_find_thread(loader, writer, &met->writer);
    }
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
    if (loader.steer != NULL)
        find_met(&loader);
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
