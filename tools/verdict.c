/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict.c: see verdict.h. */
#include "verdict.h"

#include <stdlib.h>

static void *entry_of(uint16_t type, size_t size)
{
    struct lv_rec_head *head = calloc(1, size);

    if (head == NULL)
        tool_out_of_memory();
    head->type = type;
    head->size = (uint32_t)size;
    return head;
}

static bool has_event(const struct waits *waits)
{
    size_t i;

    for (i = 0; i < waits->count; i++)
        if (waits->wait[i].stuck && waits_is_event(&waits->wait[i].said))
            return true;
    return false;
}

/* Whom it joins may not have been known when it began to. */
static struct lv_rec_wait complete(const struct waits *waits,
                                   const struct wait *wait)
{
    struct lv_rec_wait said = wait->said;
    size_t i;

    if (said.kind == LV_WAIT_JOIN)
        for (i = 0; i < waits->count; i++)
            if (waits->wait[i].said.self == said.address)
                said.joined = waits->wait[i].said.thread;
    return said;
}

static int by_thread(const void *left, const void *right)
{
    const struct lv_rec_wait *a = left, *b = right;

    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static void *hang_of(const struct waits *waits, bool stuck)
{
    struct lv_rec_hang *entry;
    size_t i;
    uint32_t count = 0;

    entry = entry_of(LV_REC_HANG,
                     sizeof(*entry) + waits->count * sizeof(entry->wait[0]));
    for (i = 0; i < waits->count; i++)
        if (waits->wait[i].stuck || !stuck)
            entry->wait[count++] = complete(waits, &waits->wait[i]);
    entry->count = count;
    qsort(entry->wait, count, sizeof(entry->wait[0]), by_thread);
    entry->head.size =
        (uint32_t)(sizeof(*entry) + count * sizeof(entry->wait[0]));
    return entry;
}

void *verdict_all(const struct waits *waits)
{
    return hang_of(waits, false);
}

/* ---- circles --------------------------------------------------------------
 */

/* The circle begins with the lowest thread number. */
static struct wait *lowest(const struct waits *waits, struct wait *first)
{
    const struct lv_rec_hold *hold;
    struct wait *at = first, *best = first;

    do {
        if (at->said.thread < best->said.thread)
            best = at;
        at = waits_next(waits, at, &hold);
    } while (at != first);
    return best;
}

/* From any of them on, each waits for the next: who comes round again? */
static struct wait *find_circle(const struct waits *waits)
{
    const struct lv_rec_hold *hold;
    struct wait *at = NULL;
    size_t i;

    for (i = 0; i < waits->count && at == NULL; i++)
        if (waits->wait[i].stuck)
            at = &waits->wait[i];
    for (i = 0; i < waits->count && at != NULL; i++)
        at = waits_next(waits, at, &hold);
    return at == NULL ? NULL : lowest(waits, at);
}

static bool only_locks(const struct waits *waits, struct wait *first,
                       uint32_t *count)
{
    const struct lv_rec_hold *hold;
    struct wait *at = first;
    bool locks = true;

    *count = 0;
    do {
        locks = locks && at->said.kind != LV_WAIT_JOIN;
        at = waits_next(waits, at, &hold);
        ++*count;
    } while (at != first);
    return locks;
}

static void *deadlock_of(const struct waits *waits, const struct wait *first,
                         uint32_t count)
{
    struct lv_rec_deadlock *entry;
    const struct wait *at = first;
    uint32_t i;

    entry = entry_of(LV_REC_DEADLOCK,
                     sizeof(*entry) + count * sizeof(entry->party[0]));
    entry->count = count;
    for (i = 0; i < count; i++) {
        const struct lv_rec_hold *hold;

        entry->party[i].thread = at->said.thread;
        entry->party[i].wanted = at->said.wanted;
        at = waits_next(waits, at, &hold);
        entry->party[(i + 1) % count].held = *hold;
    }
    return entry;
}

static void *circle_of(const struct waits *waits, const struct wait *first,
                       uint32_t count)
{
    struct lv_rec_hang *entry;
    const struct wait *at = first;
    const struct lv_rec_hold *hold;
    uint32_t i;

    entry =
        entry_of(LV_REC_HANG, sizeof(*entry) + count * sizeof(entry->wait[0]));
    entry->count = count;
    for (i = 0; i < count; i++) {
        entry->wait[i] = complete(waits, at);
        at = waits_next(waits, at, &hold);
    }
    return entry;
}

void *verdict_make(const struct waits *waits)
{
    struct wait *first;
    uint32_t count;
    bool locks;

    if (has_event(waits))
        return hang_of(waits, true);
    first = find_circle(waits);
    if (first == NULL)
        return NULL;
    locks = only_locks(waits, first, &count);
    if (locks)
        return count < 2 ? NULL : deadlock_of(waits, first, count);
    return circle_of(waits, first, count);
}
