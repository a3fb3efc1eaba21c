/* SPDX-License-Identifier: BSD-2-Clause */
/* once.c: the order that what runs once puts on threads: what its thread did
 * until it was done is before what any other does who found it done.
 *
 * Each costs a segment of the thread that ran it, and of each other one that
 * has nested locks since its last. Includes event.h, engine.h. */
#include "engine.h"
#include "event.h"
#include "hash.h"
#include "memory.h"
#include "record.h"
#include "thread.h"

static struct lv_hash done; /* by address: the thread, and until when */

void lv_once_done(uintptr_t once)
{
    struct lv_thread *thread;
    struct lv_guard guard;
    uint64_t *entry;

    if (!lv_enter(&guard))
        return;
    thread = lv_self.thread;
    lv_engine_take();
    entry = lv_hash_put(&done, lv_mix(0, once));
    if (entry == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
    } else {
        lv_thread_next_segment(thread);
        *entry = (uint64_t)thread->id << 32 | thread->segment;
    }
    lv_engine_give();
    lv_leave(&guard);
}

/* Who ran it, if nothing known orders that before what `thread` does now. */
static bool find(const struct lv_thread *thread, uintptr_t once,
                 uint32_t *joined, uint32_t *until)
{
    const uint64_t *entry = lv_hash_get(&done, lv_mix(0, once));

    if (entry == NULL)
        return false;
    *joined = (uint32_t)(*entry >> 32);
    *until = (uint32_t)*entry;
    return lv_segments_overlap(lv_engine.segments, *joined, *until - 1,
                               thread->id, thread->segment);
}

bool lv_once_unordered(uintptr_t once)
{
    uint32_t joined, until;
    struct lv_guard guard;
    bool unordered;

    if (!lv_enter(&guard))
        return false;
    lv_engine_take();
    unordered = find(lv_self.thread, once, &joined, &until);
    lv_engine_give();
    lv_leave(&guard);
    return unordered;
}

static void follow(struct lv_thread *thread, uint32_t joined, uint32_t until)
{
    if (thread->observed == thread->segment + 1)
        lv_thread_next_segment(thread);
    lv_thread_meet(thread, joined, until);
}

void lv_once_passed(uintptr_t once)
{
    uint32_t joined, until;
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    if (find(lv_self.thread, once, &joined, &until))
        follow(lv_self.thread, joined, until);
    lv_engine_give();
    lv_leave(&guard);
}
