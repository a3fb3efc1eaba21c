/* SPDX-License-Identifier: BSD-2-Clause */
/* hang.c: see hang.h. */
#include "hang.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record_append.h"
#include "record_format.h"
#include "tasks.h"
#include "verdict.h"
#include "waits.h"
#include "watchdog.h"

enum {
    PATIENCE = 16, /* looks until one that was in vain is repeated */
    END_MS = 2000, /* that a process may take to end */
};

/* One process, from look to look. */
struct hang_watch {
    char *path;
    uint64_t suspected; /* the waits that the last look found, checked */
    uint64_t vain;      /* those that turned out not to be so */
    unsigned looks;     /* since then */
    bool acted;
    struct watchdog watchdog;
};

struct hang_verdict {
    char *path;
    pid_t pid;
    void *entry;
};

bool hang_ended(const struct hang *hang, pid_t pid)
{
    size_t i;

    for (i = 0; i < hang->count && i < sizeof(hang->ended) / sizeof(pid_t); i++)
        if (hang->ended[i] == pid)
            return true;
    return false;
}

/* ---- ending --------------------------------------------------------------
 */

static bool end(struct hang *hang, pid_t pid)
{
    if (hang_ended(hang, pid) || kill(pid, SIGKILL) != 0)
        return false;
    if (hang->count < sizeof(hang->ended) / sizeof(pid_t))
        hang->ended[hang->count] = pid;
    hang->count++;
    return true;
}

/* One that found it out itself did what on-deadlock asks, but for `report`. */
static void end_told(struct hang *hang, pid_t pid)
{
    if (end(hang, pid))
        tool_note("process %d deadlocked and was ended", (int)pid);
}

/* Of one that cannot act any more we do it. */
static void act(struct hang *hang, pid_t pid, const char *did)
{
    if (hang->options->on_deadlock == LV_ON_DEADLOCK_ABORT) {
        if (kill(pid, SIGABRT) == 0)
            tool_note("process %d %s and was aborted", (int)pid, did);
    } else if (end(hang, pid)) {
        tool_note("process %d %s and was ended", (int)pid, did);
    }
}

static void keep_verdict(struct hang *hang, const char *path, pid_t pid,
                         void *entry)
{
    if (entry != NULL)
        *TOOL_PUSH(hang->verdict, hang->verdict_count, hang->verdict_room) =
            (struct hang_verdict){strdup(path), pid, entry};
}

/* Its own last entries come first. */
static void write_verdict(const struct hang_verdict *verdict)
{
    int waited;

    for (waited = 0; !tasks_ended(verdict->pid); waited += 10) {
        if (waited >= END_MS)
            return;
        poll(NULL, 0, 10);
    }
    if (!record_append(verdict->path, verdict->entry))
        tool_error("%s: the deadlock could not be added", verdict->path);
}

void hang_write(struct hang *hang)
{
    size_t i;

    for (i = 0; i < hang->verdict_count; i++)
        write_verdict(&hang->verdict[i]);
}

void hang_free(struct hang *hang)
{
    size_t i;

    for (i = 0; i < hang->verdict_count; i++) {
        free(hang->verdict[i].path);
        free(hang->verdict[i].entry);
    }
    for (i = 0; i < hang->watch_count; i++)
        free(hang->watch[i].path);
    free(hang->verdict);
    free(hang->watch);
    across_free(&hang->across);
}

/* ---- looking --------------------------------------------------------------
 */

static struct hang_watch *watch_of(struct hang *hang, const char *path)
{
    size_t i;

    for (i = 0; i < hang->watch_count; i++)
        if (strcmp(hang->watch[i].path, path) == 0)
            return &hang->watch[i];
    *TOOL_PUSH(hang->watch, hang->watch_count, hang->watch_room) =
        (struct hang_watch){.path = strdup(path)};
    return &hang->watch[hang->watch_count - 1];
}

/* Which waits of which threads. */
static uint64_t key_of(const struct waits *waits)
{
    uint64_t key = 1;
    size_t i;

    for (i = 0; i < waits->count; i++) {
        const struct lv_rec_wait *said = &waits->wait[i].said;
        uint32_t wait[3] = {said->tid, said->serial, said->kind};

        if (waits->wait[i].stuck)
            key += tool_hash(TOOL_HASH, wait, sizeof(wait)) & ~(uint64_t)1;
    }
    return key;
}

/* Before the kernel is asked, which takes longer: could it be? */
static bool is_likely(struct hang_watch *watch, pid_t pid, struct waits *waits)
{
    size_t tasks = tasks_count(pid);
    uint64_t key;

    /* A main thread that ended is among the tasks still. */
    if (waits_close(waits, tasks <= waits->count + 1) == 0)
        return false;
    key = key_of(waits);
    if (key != watch->vain)
        watch->looks = 0;
    else if (++watch->looks % PATIENCE != 0)
        return false;
    watch->vain = key;
    return true;
}

/* Threads that wait in slices look for a circle themselves. */
static bool is_theirs(const struct waits *waits)
{
    size_t i;

    for (i = 0; i < waits->count; i++)
        if (waits->wait[i].stuck &&
            !(waits->wait[i].said.flags & LV_WAIT_SLICED))
            return false;
    return true;
}

static bool is_stuck(struct hang_watch *watch, pid_t pid, struct waits *waits)
{
    uint64_t key;
    bool all;

    if (!is_likely(watch, pid, waits)) {
        watch->suspected = 0;
        return false;
    }
    tasks_check(pid, waits, &all);
    if (waits_close(waits, all) == 0 || is_theirs(waits)) {
        watch->suspected = 0;
        return false;
    }
    watch->vain = 0;
    key = key_of(waits);
    if (watch->suspected != key) {
        watch->suspected = key;
        return false;
    }
    return true;
}

static void look_at_waits(struct hang *hang, struct hang_watch *watch, int file,
                          const struct lv_rec_header *header)
{
    struct waits waits = {0};
    pid_t pid = (pid_t)header->pid;

    waits_read(&waits, file, header->waits);
    if (hang->options->watchdog > 0 &&
        watchdog_barks(&watch->watchdog, pid, &waits,
                       hang->options->watchdog)) {
        watchdog_tell(watch->path, pid, &waits, &watch->watchdog);
        if (hang->options->on_deadlock != LV_ON_DEADLOCK_REPORT) {
            hang->stood_still = true;
            watch->acted = true;
            act(hang, pid, "stood still");
        }
    }
    if (!watch->acted && is_stuck(watch, pid, &waits)) {
        watch->acted = true;
        keep_verdict(hang, watch->path, pid, verdict_make(&waits));
        act(hang, pid, "deadlocked");
    }
    if (!watch->acted && !tasks_ended(pid))
        across_add(&hang->across, hang->directory, file, pid, &waits);
    waits_free(&waits);
}

/* Of a process of this run that has not ended. */
static bool read_header(const struct hang *hang, int file,
                        struct lv_rec_header *header)
{
    return pread(file, header, sizeof(*header), 0) ==
               (ssize_t)sizeof(*header) &&
           header->magic == LV_REC_MAGIC && header->version == LV_REC_VERSION &&
           header->state == LV_STATE_RUNNING && header->pid > 1 &&
           strncmp(header->run, hang->options->run, sizeof(header->run)) == 0;
}

static void look_at(struct hang *hang, const char *path)
{
    struct lv_rec_header header;
    struct hang_watch *watch;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (file < 0)
        return;
    if (read_header(hang, file, &header)) {
        watch = watch_of(hang, path);
        if (header.deadlocks != 0)
            end_told(hang, (pid_t)header.pid);
        else if (header.waits != 0 && !watch->acted)
            look_at_waits(hang, watch, file, &header);
    }
    close(file);
}

static void act_across(struct hang *hang)
{
    pid_t pid, last = 0;
    size_t at = 0;

    while ((pid = across_next(&hang->across, &at)) != 0) {
        if (pid != last)
            act(hang, pid, "deadlocked with another");
        last = pid;
    }
    hang->across.suspected = 0;
}

void hang_look(void *context)
{
    struct hang *hang = context;
    struct directory_list now = {0};
    struct tool_arena arena = {0};
    size_t i;

    across_begin(&hang->across);
    directory_read(&now, hang->directory);
    for (i = 0; i < now.count; i++)
        if (!directory_has(hang->before, now.name[i]))
            look_at(hang,
                    tool_print(&arena, "%s/%s", hang->directory, now.name[i]));
    if (across_close(&hang->across))
        act_across(hang);
    directory_free(&now);
    tool_arena_free(&arena);
}
