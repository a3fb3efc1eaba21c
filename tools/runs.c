/* SPDX-License-Identifier: BSD-2-Clause */
/* runs.c: see runs.h. */
#include "runs.h"

#include <stdlib.h>
#include <string.h>

#include "directory.h"

/* ---- members that belong together ---------------------------------------- */

static uint32_t root_of(struct runs *runs, uint32_t i)
{
    struct runs_member *member = runs->member;

    while (member[i].run != i)
        i = member[i].run = member[member[i].run].run;
    return i;
}

static void unite(struct runs *runs, uint32_t a, uint32_t b)
{
    a = root_of(runs, a);
    b = root_of(runs, b);
    runs->member[a > b ? a : b].run = a > b ? b : a;
}

static void meet_file(struct runs *runs, uint32_t at,
                      const struct lv_rec_header *header,
                      const struct lv_rec_shared *shared)
{
    uint64_t run = tool_hash(TOOL_HASH, header->run,
                             strnlen(header->run, sizeof(header->run)));
    uint64_t key[] = {shared->device, shared->inode, run};
    bool added;
    uint32_t id =
        intern_add(&runs->files, &runs->arena, key, sizeof(key), &added);

    if (added)
        *TOOL_PUSH(runs->user, runs->user_count, runs->user_room) = at;
    else
        unite(runs, runs->user[id - 1], at);
}

/* What two tests share is not one run: each is judged by itself first. */
static void meet_files(struct runs *runs, uint32_t at, struct record *record)
{
    uint64_t offset = record->header.header_size;
    const struct lv_rec_head *head;

    while ((head = record_next(record, &offset)) != NULL) {
        const struct lv_rec_shared *shared =
            head->type == LV_REC_INSTANCE
                ? lv_rec_instance_shared((const void *)head)
                : NULL;

        if (shared != NULL)
            meet_file(runs, at, &record->header, shared);
    }
}

/* ---- reading ------------------------------------------------------------- */

static uint64_t hash_record(const struct record *record)
{
    uint64_t size = record->header.committed;

    if (size > record->size - record->header.header_size)
        size = record->size - record->header.header_size;
    return tool_hash(TOOL_HASH, record->bytes,
                     record->header.header_size + size);
}

static void add_member(struct runs *runs, const char *path,
                       struct record *record, bool good)
{
    struct runs_member *new =
        TOOL_PUSH(runs->member, runs->member_count, runs->member_room);
    uint32_t at = (uint32_t)runs->member_count - 1;

    memset(new, 0, sizeof(*new));
    new->path = tool_print(&runs->arena, "%s", path);
    new->run = at;
    snprintf(new->name, sizeof(new->name), "%s", tool_base(path));
    if (!good)
        return; /* loading it tells why */
    new->start = record->header.start_ns;
    new->hash = hash_record(record);
    memcpy(new->parent, record->header.parent, sizeof(new->parent));
    meet_files(runs, at, record);
}

/* One that was never begun holds no run. */
static void add(struct runs *runs, const char *path)
{
    struct record record;
    bool good = record_open(&record, path);

    if (!record.unbegun)
        add_member(runs, path, &record, good);
    record_close(&record);
}

void runs_read_record(struct runs *runs, const char *path)
{
    add(runs, path);
}

bool runs_read_directory(struct runs *runs, const char *path)
{
    struct directory_list files = {0};
    size_t i;

    if (!directory_read(&files, path))
        return false;
    for (i = 0; i < files.count; i++) {
        tool_progress("looking at records", i, files.count);
        add(runs, tool_print(&runs->arena, "%s/%s", path, files.name[i]));
    }
    directory_free(&files);
    return true;
}

/* ---- runs ---------------------------------------------------------------- */

/* By name, the members' indices. */
struct named {
    const char *name;
    uint32_t at;
};

static int by_name(const void *left, const void *right)
{
    const struct named *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static void unite_parents(struct runs *runs)
{
    struct named *named = calloc(runs->member_count + 1, sizeof(*named));
    uint32_t i;

    if (named == NULL)
        tool_out_of_memory();
    for (i = 0; i < runs->member_count; i++)
        named[i] = (struct named){runs->member[i].name, i};
    qsort(named, runs->member_count, sizeof(*named), by_name);
    for (i = 0; i < runs->member_count; i++) {
        struct named key = {runs->member[i].parent, 0};
        const struct named *found =
            key.name[0] == '\0' ? NULL
                                : bsearch(&key, named, runs->member_count,
                                          sizeof(key), by_name);

        if (found != NULL)
            unite(runs, found->at, i);
    }
    free(named);
}

static int by_run(const void *left, const void *right)
{
    const struct runs_member *a = left, *b = right;

    if (a->run != b->run)
        return a->run < b->run ? -1 : 1;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int by_start(const void *left, const void *right)
{
    const struct runs_run *a = left, *b = right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static int by_word(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static uint64_t identify(const struct runs_member *member, size_t count)
{
    uint64_t *hash = calloc(count, sizeof(*hash)), id;
    size_t i;

    if (hash == NULL)
        tool_out_of_memory();
    for (i = 0; i < count; i++)
        hash[i] = member[i].hash;
    qsort(hash, count, sizeof(*hash), by_word);
    id = tool_hash(TOOL_HASH, hash, count * sizeof(*hash));
    free(hash);
    return id;
}

void runs_group(struct runs *runs)
{
    uint32_t i, next;

    if (runs->member_count == 0)
        return;
    unite_parents(runs);
    for (i = 0; i < runs->member_count; i++)
        runs->member[i].run = root_of(runs, i);
    qsort(runs->member, runs->member_count, sizeof(*runs->member), by_run);
    for (i = 0; i < runs->member_count; i = next) {
        const struct runs_member *first = &runs->member[i];

        for (next = i + 1;
             next < runs->member_count && runs->member[next].run == first->run;)
            next++;
        *TOOL_PUSH(runs->run, runs->run_count, runs->run_room) =
            (struct runs_run){first, next - i, identify(first, next - i),
                              first->start};
    }
    qsort(runs->run, runs->run_count, sizeof(*runs->run), by_start);
}

void runs_free(struct runs *runs)
{
    free(runs->member);
    free(runs->run);
    free(runs->user);
    intern_free(&runs->files);
    tool_arena_free(&runs->arena);
    memset(runs, 0, sizeof(*runs));
}
