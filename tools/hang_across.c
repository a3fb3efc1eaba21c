/* SPDX-License-Identifier: BSD-2-Clause */
/* hang_across.c: see hang_across.h. Records are read as they grow, without
 * mapping them: a process that ends makes its own shorter. */
#include "hang_across.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tasks.h"

enum {
    PARENTS = 64, /* forks in a row; a damaged chain may be a ring */
    HOLDS = LV_WAIT_HOLDS,
};

struct across_place {
    uint64_t lock;       /* of what; 0: the process's own */
    uint64_t start, end; /* a range's bytes; else 0 to 1 */
    uint64_t owner;      /* a file's; else 0 */
};

struct across_hold {
    struct across_place place;
    uint32_t how;
};

struct across_wait {
    pid_t pid;
    uint32_t tid, serial;
    bool stuck;
    struct across_hold wanted, hold[HOLDS];
    uint32_t count;
};

static bool take(int file, void *to, size_t size, uint64_t at)
{
    return pread(file, to, size, (off_t)at) == (ssize_t)size;
}

/* ---- which lock ----------------------------------------------------------
 */

struct shared_entry {
    struct lv_rec_instance instance;
    struct lv_rec_shared shared;
};

static struct across_place place_of(const struct lv_rec_shared *shared)
{
    bool range = shared->kind == LV_SHARED_RANGE;
    uint64_t key[4] = {shared->kind, shared->device, shared->inode,
                       range ? 0 : shared->start};

    return (struct across_place){
        .lock = tool_hash(TOOL_HASH, key, sizeof(key)) | 1,
        .start = range ? shared->start : 0,
        .end = range ? shared->end : 1,
        .owner = shared->kind == LV_SHARED_MEMORY ? 0 : shared->owner,
    };
}

/* Of the instance in this record, below `limit`. False: it is not there. */
static bool find_here(int file, const struct lv_rec_header *header,
                      uint64_t limit, uint32_t instance,
                      struct across_place *place)
{
    struct shared_entry entry;
    struct lv_rec_head head;
    uint64_t at = header->header_size;

    for (; at < limit && take(file, &head, sizeof(head), at) &&
           head.type != 0 && head.size >= sizeof(head);
         at += head.size) {
        if (head.type != LV_REC_INSTANCE ||
            !take(file, &entry.instance, sizeof(entry.instance), at) ||
            entry.instance.id != instance)
            continue;
        if (head.size >= sizeof(entry) && take(file, &entry, sizeof(entry), at))
            *place = place_of(&entry.shared);
        return true;
    }
    return false;
}

static int open_parent(const char *directory, const char *name)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/%s", directory, name);

    if (strchr(name, '/') != NULL || length < 0 ||
        (size_t)length >= sizeof(path))
        return -1;
    return open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* A forked process's locks may be in its parent's record. */
static struct across_place find(const char *directory, int file,
                                uint32_t instance)
{
    struct across_place place = {.lock = 0};
    struct lv_rec_header header;
    uint64_t limit = UINT64_MAX;
    int at = dup(file), i;

    for (i = 0;
         i < PARENTS && at >= 0 && take(at, &header, sizeof(header), 0) &&
         !find_here(at, &header, limit, instance, &place);
         i++) {
        limit = header.parent_committed > UINT64_MAX - header.header_size
                    ? UINT64_MAX
                    : header.header_size + header.parent_committed;
        header.parent[sizeof(header.parent) - 1] = '\0';
        close(at);
        at = header.parent[0] == '\0' ? -1
                                      : open_parent(directory, header.parent);
    }
    if (at >= 0)
        close(at);
    return place;
}

/* ---- a look ---------------------------------------------------------------
 */

void across_begin(struct across *across)
{
    across->count = 0;
}

/* Waits in slices say so again every second; of a file the kernel knows. */
static bool is_so(pid_t pid, const struct lv_rec_wait *said)
{
    struct lv_rec_wait copy = *said;

    return said->flags & (LV_WAIT_SLICED | LV_WAIT_FILE) &&
           tasks_check_one(pid, &copy);
}

void across_add(struct across *across, const char *directory, int file,
                pid_t pid, const struct waits *waits)
{
    size_t i;
    uint32_t j;

    for (i = 0; i < waits->count; i++) {
        const struct lv_rec_wait *said = &waits->wait[i].said;
        struct across_wait wait = {.pid = pid,
                                   .tid = said->tid,
                                   .serial = said->serial,
                                   .count = said->count};

        if (said->count == 0 || !is_so(pid, said))
            continue;
        wait.wanted.place = find(directory, file, said->wanted.instance);
        wait.wanted.how = said->wanted.how;
        if (wait.wanted.place.lock == 0)
            continue;
        for (j = 0; j < said->count; j++) {
            wait.hold[j].place = find(directory, file, said->hold[j].instance);
            wait.hold[j].how = said->hold[j].how;
        }
        *TOOL_PUSH(across->wait, across->count, across->room) = wait;
    }
}

static bool is_write(const struct across_hold *hold)
{
    return (hold->how & LV_HOW_MODE) == LV_HOW_WRITE;
}

static bool meets(const struct across_place *one,
                  const struct across_place *other)
{
    return one->lock == other->lock && one->start < other->end &&
           other->start < one->end &&
           (one->owner == 0 || one->owner != other->owner);
}

static bool holds_up(const struct across_wait *holder,
                     const struct across_hold *wanted)
{
    uint32_t i;

    for (i = 0; i < holder->count; i++)
        if (meets(&holder->hold[i].place, &wanted->place) &&
            (is_write(&holder->hold[i]) || is_write(wanted)))
            return true;
    return false;
}

static bool is_helpless(const struct across *across,
                        const struct across_wait *wait)
{
    size_t i;

    for (i = 0; i < across->count; i++)
        if (across->wait[i].stuck && &across->wait[i] != wait &&
            holds_up(&across->wait[i], &wait->wanted))
            return true;
    return false;
}

/* Take away, again and again, whom somebody can help. */
static bool sift(struct across *across)
{
    bool changed = false;
    size_t i;

    for (i = 0; i < across->count; i++) {
        struct across_wait *wait = &across->wait[i];

        if (!wait->stuck || is_helpless(across, wait))
            continue;
        wait->stuck = false;
        changed = true;
    }
    return changed;
}

bool across_close(struct across *across)
{
    uint64_t key = 0, last = across->suspected;
    size_t i;

    for (i = 0; i < across->count; i++)
        across->wait[i].stuck = true;
    while (sift(across))
        ;
    for (i = 0; i < across->count; i++) {
        uint32_t wait[3] = {(uint32_t)across->wait[i].pid, across->wait[i].tid,
                            across->wait[i].serial};

        if (across->wait[i].stuck)
            key += tool_hash(TOOL_HASH, wait, sizeof(wait)) | 1;
    }
    across->suspected = key;
    return key != 0 && key == last;
}

pid_t across_next(const struct across *across, size_t *at)
{
    while (*at < across->count && !across->wait[*at].stuck)
        ++*at;
    return *at < across->count ? across->wait[(*at)++].pid : 0;
}

void across_free(struct across *across)
{
    free(across->wait);
    *across = (struct across){0};
}
