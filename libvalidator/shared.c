/* SPDX-License-Identifier: BSD-2-Clause */
/* shared.c: see shared.h. Includes engine.h, event.h, hash.h, memory.h, raw.h,
 * record.h, table.h. */
#include "shared.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "engine.h"
#include "event.h"
#include "hash.h"
#include "memory.h"
#include "raw.h"
#include "record.h"
#include "table.h"

/* A writable shared mapping, in the order of addresses. */
struct mapping {
    uintptr_t start, end;
    uint64_t device, inode, offset;
    const char *path;
};

static _Atomic bool any;   /* the program has mapped shared memory */
static _Atomic bool stale; /* since we last read the list */
static struct mapping *mapping;
static uint32_t mapping_count, mapping_room;
static struct lv_hash paths, known, names; /* names: by device and inode */
static uint64_t process, parent;

static const char *keep_path(const char *path)
{
    uint64_t key = 1, *at;
    const char *c;
    char *copy;

    for (c = path; *c != '\0'; c++)
        key = lv_mix(key, (unsigned char)*c);
    at = lv_hash_put(&paths, key);
    if (at == NULL)
        return "";
    if (*at != 0)
        return (const char *)(uintptr_t)*at;
    copy = lv_calloc(1, strlen(path) + 1);
    if (copy == NULL)
        return "";
    memcpy(copy, path, strlen(path));
    *at = (uintptr_t)copy;
    return copy;
}

/* ---- /proc/self/maps ------------------------------------------------------
 */

static uint64_t number(const char **at, unsigned base)
{
    uint64_t value = 0;

    for (;; (*at)++) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : 16;

        if (digit >= base)
            return value;
        value = value * base + digit;
    }
}

static void skip(const char **at, char c)
{
    while (**at == c)
        (*at)++;
}

/* "7f12-7f13 rw-s 00001000 00:01 1234     /path", as proc(5) has it. */
static void read_line(const char *line)
{
    struct mapping new;
    uint64_t major;
    bool wanted;

    new.start = number(&line, 16);
    skip(&line, '-');
    new.end = number(&line, 16);
    skip(&line, ' ');
    wanted = strlen(line) > 4 && line[1] == 'w' && line[3] == 's';
    if (!wanted)
        return;
    line += 4;
    skip(&line, ' ');
    new.offset = number(&line, 16);
    skip(&line, ' ');
    major = number(&line, 16);
    skip(&line, ':');
    new.device = makedev(major, number(&line, 16));
    skip(&line, ' ');
    new.inode = number(&line, 10);
    skip(&line, ' ');
    new.path = keep_path(line);
    if (lv_vector_reserve(&mapping, &mapping_room, (uint64_t)mapping_count + 1,
                          sizeof *mapping))
        mapping[mapping_count++] = new;
    else
        lv_record_lost(LV_LOST_MEMORY);
}

static void read_lines(int fd)
{
    static char buffer[8192]; /* a line has one path at most */
    size_t filled = 0;
    ssize_t got;
    char *end;

    while ((got = lv_raw_read(fd, buffer + filled,
                              sizeof buffer - 1 - filled)) > 0) {
        char *line = buffer;

        filled += (size_t)got;
        buffer[filled] = '\0';
        while ((end = strchr(line, '\n')) != NULL) {
            *end = '\0';
            read_line(line);
            line = end + 1;
        }
        filled -= (size_t)(line - buffer);
        memmove(buffer, line, filled);
        if (filled == sizeof buffer - 1)
            return;
    }
}

static void refresh(void)
{
    int fd;

    if (!atomic_exchange(&stale, false))
        return;
    if (lv_record_is_sealed())
        return;
    mapping_count = 0;
    fd = lv_raw_openat(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    read_lines(fd);
    lv_raw_close(fd);
}

static const struct mapping *find_mapping(uintptr_t lock)
{
    uint32_t low = 0, high = mapping_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (mapping[middle].end <= lock)
            low = middle + 1;
        else
            high = middle;
    }
    return low < mapping_count && mapping[low].start <= lock ? &mapping[low]
                                                             : NULL;
}

/* ---- what the program maps -----------------------------------------------
 */

void lv_memory_shared(void)
{
    atomic_store_explicit(&any, true, memory_order_relaxed);
    atomic_store_explicit(&stale, true, memory_order_release);
}

static void forget_mappings(uintptr_t start, uintptr_t end)
{
    uint32_t i, kept = 0;

    for (i = 0; i < mapping_count; i++) {
        bool hit = mapping[i].start < end && start < mapping[i].end;

        if (hit) /* it may go on before and behind */
            atomic_store(&stale, true);
        else
            mapping[kept++] = mapping[i];
    }
    mapping_count = kept;
}

void lv_memory_unshared(uintptr_t start, size_t size)
{
    struct lv_guard guard;

    if (!atomic_load_explicit(&any, memory_order_relaxed) || !lv_enter(&guard))
        return;
    lv_engine_take();
    forget_mappings(start, start + size);
    lv_engine_give();
    lv_leave(&guard);
}

static uint64_t *name_of(const struct mapping *at)
{
    return lv_hash_put(&names, lv_mix(at->device, at->inode) | 1);
}

void lv_memory_named(uintptr_t start, const char *path)
{
    const struct mapping *at;
    struct lv_guard guard;
    uint64_t *name;

    if (!atomic_load_explicit(&any, memory_order_relaxed) || !lv_enter(&guard))
        return;
    lv_engine_take();
    refresh();
    at = find_mapping(start);
    name = at == NULL ? NULL : name_of(at);
    if (name != NULL)
        *name = (uintptr_t)keep_path(path);
    lv_engine_give();
    lv_leave(&guard);
}

size_t lv_memory_shared_size(uintptr_t start)
{
    const struct mapping *at;
    struct lv_guard guard;
    size_t size = 0;

    if (!atomic_load_explicit(&any, memory_order_relaxed) || !lv_enter(&guard))
        return 0;
    lv_engine_take();
    refresh();
    at = find_mapping(start);
    if (at != NULL && at->start == start)
        size = at->end - start;
    lv_engine_give();
    lv_leave(&guard);
    return size;
}

/* ---- the locks ------------------------------------------------------------
 */

uint64_t lv_shared_process(void)
{
    struct timespec now = {0};

    if (process == 0) {
        lv_raw_clock_gettime(CLOCK_REALTIME, &now);
        process =
            lv_mix((uint64_t)lv_raw_getpid(),
                   (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec) |
            1;
    }
    return process;
}

uint64_t lv_shared_parent(void)
{
    return parent;
}

void lv_shared_forked(void)
{
    parent = process;
    process = 0;
}

static uint64_t key_of(const struct lv_shared *shared)
{
    uint64_t key = lv_mix(lv_mix(shared->kind, shared->device), shared->inode);

    return lv_mix(lv_mix(lv_mix(key, shared->start), shared->end),
                  shared->owner);
}

const struct lv_shared *lv_shared_known(const struct lv_shared *shared)
{
    const uint64_t *at = lv_hash_get(&known, key_of(shared));

    return at == NULL ? NULL : (const struct lv_shared *)(uintptr_t)*at;
}

const struct lv_shared *lv_shared_intern(const struct lv_shared *shared)
{
    uint64_t *at = lv_hash_put(&known, key_of(shared));
    struct lv_shared *new;

    if (at != NULL && *at != 0)
        return (const struct lv_shared *)(uintptr_t)*at;
    new = at == NULL ? NULL : lv_calloc(1, sizeof *new);
    if (new == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return NULL;
    }
    *new = *shared;
    new->path = keep_path(shared->path);
    *at = (uintptr_t) new;
    return new;
}

/* A file that was unlinked has its name and " (deleted)". */
static int length_of(const char *path)
{
    static const char deleted[] = " (deleted)";
    size_t size = strlen(path), tail = sizeof deleted - 1;

    return (int)(size > tail && strcmp(path + size - tail, deleted) == 0
                     ? size - tail
                     : size);
}

void lv_shared_name(const struct lv_shared *shared, char name[LV_SHARED_NAME])
{
    int length = length_of(shared->path);

    if (shared->kind == LV_SHARED_FLOCK)
        snprintf(name, LV_SHARED_NAME, "flock(%.*s)", length, shared->path);
    else if (shared->end != UINT64_MAX)
        snprintf(name, LV_SHARED_NAME, "fcntl(%.*s %" PRIu64 "-%" PRIu64 ")",
                 length, shared->path, shared->start, shared->end - 1);
    else if (shared->start != 0)
        snprintf(name, LV_SHARED_NAME, "fcntl(%.*s %" PRIu64 "-)", length,
                 shared->path, shared->start);
    else
        snprintf(name, LV_SHARED_NAME, "fcntl(%.*s)", length, shared->path);
}

const struct lv_shared *lv_shared_find(uintptr_t lock)
{
    const struct mapping *at;
    struct lv_shared shared;
    const uint64_t *name;

    if (!atomic_load_explicit(&any, memory_order_relaxed))
        return NULL;
    refresh();
    at = find_mapping(lock);
    if (at == NULL)
        return NULL;
    name = name_of(at);
    shared = (struct lv_shared){
        .kind = LV_SHARED_MEMORY,
        .device = at->device,
        .inode = at->inode,
        .start = at->offset + (lock - at->start),
        .path = name == NULL || *name == 0 ? at->path
                                           : (const char *)(uintptr_t)*name,
    };
    return lv_shared_intern(&shared);
}
