/* SPDX-License-Identifier: BSD-2-Clause */
/* waits.c: see waits.h. The stuck are what is left of all that wait when those
 * were taken away, again and again, whom somebody outside can help: the
 * greatest fixed point. */
#include "waits.h"

#include <stdlib.h>
#include <unistd.h>

/* Blocks that a chain may have: a damaged one may be a ring. */
enum { BLOCKS = 1 << 16 };

static bool stands(const struct lv_rec_wait *said)
{
    return said->thread != 0 && said->serial & 1 && said->kind >= 1 &&
           said->kind <= LV_WAIT_LAST && said->count <= LV_WAIT_HOLDS;
}

void waits_read(struct waits *waits, int file, uint64_t newest)
{
    struct lv_rec_waits block;
    uint64_t at;
    size_t i, n;

    for (at = newest, n = 0; at != 0 && n < BLOCKS; at = block.older, n++) {
        if (pread(file, &block, sizeof(block), (off_t)at) !=
                (ssize_t)sizeof(block) ||
            block.head.type != LV_REC_WAITS)
            return;
        for (i = 0; i < LV_WAIT_SLOTS; i++)
            if (stands(&block.wait[i]))
                *TOOL_PUSH(waits->wait, waits->count, waits->room) =
                    (struct wait){block.wait[i], false};
    }
}

void waits_free(struct waits *waits)
{
    free(waits->wait);
    *waits = (struct waits){0};
}

bool waits_is_event(const struct lv_rec_wait *said)
{
    return said->kind == LV_WAIT_CONDITION || said->kind == LV_WAIT_SEMAPHORE ||
           said->kind == LV_WAIT_BARRIER;
}

/* ---- who waits for whom --------------------------------------------------
 */

static bool excludes(uint32_t held, uint32_t wanted)
{
    return (held & LV_HOW_MODE) == LV_HOW_WRITE ||
           (wanted & LV_HOW_MODE) == LV_HOW_WRITE;
}

static const struct lv_rec_hold *obstacle(const struct lv_rec_wait *holder,
                                          const struct lv_rec_hold *wanted)
{
    uint32_t i;

    for (i = 0; i < holder->count; i++)
        if (holder->hold[i].instance == wanted->instance &&
            excludes(holder->hold[i].how, wanted->how))
            return &holder->hold[i];
    return NULL;
}

static bool holds_up(const struct wait *other, const struct wait *wait,
                     const struct lv_rec_hold **hold)
{
    *hold = NULL;
    if (wait->said.kind == LV_WAIT_JOIN)
        return other->said.self == wait->said.address;
    if (other == wait && wait->said.flags & LV_WAIT_ITSELF)
        return true;
    if (wait->said.wanted.instance == 0 ||
        (other == wait && wait->said.wanted.how & LV_HOW_RELOCK))
        return false;
    *hold = obstacle(&other->said, &wait->said.wanted);
    return *hold != NULL;
}

struct wait *waits_next(const struct waits *waits, const struct wait *wait,
                        const struct lv_rec_hold **hold)
{
    size_t i;

    *hold = NULL;
    for (i = 0; i < waits->count && !waits_is_event(&wait->said); i++)
        if (waits->wait[i].stuck && holds_up(&waits->wait[i], wait, hold))
            return &waits->wait[i];
    return NULL;
}

/* ---- the stuck ------------------------------------------------------------
 */

/* Take away whom somebody can help; false: nobody any more. */
static bool sift(struct waits *waits, bool all)
{
    const struct lv_rec_hold *hold;
    bool changed = false;
    size_t i;

    for (i = 0; i < waits->count; i++) {
        struct wait *wait = &waits->wait[i];

        if (!wait->stuck || (waits_is_event(&wait->said)
                                 ? all
                                 : waits_next(waits, wait, &hold) != NULL))
            continue;
        wait->stuck = false;
        changed = true;
    }
    return changed;
}

static size_t count_stuck(const struct waits *waits)
{
    size_t i, stuck = 0;

    for (i = 0; i < waits->count; i++)
        stuck += waits->wait[i].stuck;
    return stuck;
}

/* Once one of them all is helped, no event is out of the question. */
size_t waits_close(struct waits *waits, bool all)
{
    size_t i;

    for (i = 0; i < waits->count; i++)
        waits->wait[i].stuck = true;
    while (sift(waits, all && count_stuck(waits) == waits->count))
        ;
    return count_stuck(waits);
}
