/* SPDX-License-Identifier: BSD-2-Clause */
/* join.c: see join.h. */
#include "join.h"

#include "class.h"
#include "context.h"
#include "engine.h"
#include "event.h"
#include "findings.h"
#include "hash.h"
#include "life.h"
#include "memory.h"
#include "record.h"

enum {
    THREADS = 1024, /* a later one takes the place of one that many before */
    LOCKS = 32,
};

struct taken {
    uint32_t thread; /* 0: nobody's */
    uint32_t count;
    struct {
        struct lv_instance *instance;
        uint64_t life;
        uint32_t how, stack, segment;
    } lock[LOCKS];
};

static struct taken *table[THREADS];
static struct lv_hash told; /* lock's class, where it was taken, the join */

static struct taken *find(uint32_t id)
{
    struct taken *taken = table[id % THREADS];

    return taken != NULL && taken->thread == id ? taken : NULL;
}

static struct taken *find_or_add(uint32_t id)
{
    struct taken **taken = &table[id % THREADS];

    if (*taken == NULL)
        *taken = lv_calloc(1, sizeof **taken);
    if (*taken != NULL && (*taken)->thread != id) {
        (*taken)->thread = id;
        (*taken)->count = 0;
    }
    return *taken;
}

void lv_join_note(struct lv_thread *thread, struct lv_instance *instance,
                  uint32_t how, uint32_t stack)
{
    struct taken *taken;
    uint32_t i;

    if (thread->handle == 0 || lv_thread_id_of(thread->handle) != thread->id)
        return; /* nobody can join it */
    taken = find_or_add(thread->id);
    if (taken == NULL || taken->count == LOCKS)
        return;
    for (i = 0; i < taken->count; i++)
        if (taken->lock[i].instance == instance &&
            taken->lock[i].life == instance->life)
            return;
    taken->lock[i].instance = instance;
    taken->lock[i].life = instance->life;
    taken->lock[i].how = how;
    taken->lock[i].stack = stack;
    taken->lock[i].segment = thread->segment;
    thread->observed = thread->segment + 1;
    taken->count++;
}

void lv_join_forget(uint32_t id)
{
    struct taken *taken = find(id);

    if (taken != NULL)
        taken->thread = 0;
}

/* ---- the join -------------------------------------------------------------
 */

static bool is_news(const struct taken *taken, uint32_t i, uint32_t stack)
{
    uint64_t key = lv_mix(taken->lock[i].instance->class_id, stack);
    uint64_t *seen = lv_hash_put(&told, lv_mix(key, taken->lock[i].stack));

    if (seen == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    return (*seen)++ == 0;
}

/* As thread's own observation: before it ends it wants the lock. */
static void write_want(const struct taken *taken, uint32_t i,
                       struct lv_instance *end)
{
    struct lv_rec_hold wanted = lv_event_describe(
        taken->lock[i].instance, taken->lock[i].how, taken->lock[i].stack);
    struct lv_rec_hold hold = lv_event_describe(end, LV_HOW_EVENT, 0);
    struct lv_rec_observation *entry =
        lv_record_append(LV_REC_OBSERVATION, sizeof *entry + sizeof hold);

    if (entry == NULL)
        return;
    entry->thread = taken->thread;
    entry->segment = taken->lock[i].segment;
    entry->count = 1;
    entry->wanted = wanted;
    entry->hold[0] = hold;
    lv_record_commit(entry);
    if (!lv_order_observe(lv_engine.order, entry, lv_findings_cycle, NULL))
        lv_record_lost(LV_LOST_MEMORY);
}

/* The end of a thread as something to wait for; it lives during the check. */
static struct lv_instance *begin_end(uintptr_t handle)
{
    struct lv_instance *end = lv_instance_find(handle);

    if (end != NULL)
        return NULL;
    end = lv_instance_begin(handle);
    if (end != NULL) {
        end->family = LV_FAMILY_THREAD;
        end->class_id =
            lv_class_declared("a thread's end", LV_FAMILY_THREAD, 0);
    }
    return end;
}

void lv_join_check(struct lv_thread *joiner, uint32_t id, uintptr_t handle)
{
    const struct taken *taken = find(id);
    struct lv_instance *end = NULL;
    uint32_t i, stack;

    if (taken == NULL || joiner->id == id)
        return;
    stack = lv_stack_intern(&joiner->stack);
    for (i = 0; i < taken->count; i++) {
        struct lv_instance *instance = taken->lock[i].instance;

        if (instance->life != taken->lock[i].life ||
            lv_thread_hold(joiner, instance) == NULL ||
            !is_news(taken, i, stack))
            continue;
        if (end == NULL)
            end = begin_end(handle);
        if (end == NULL || end->class_id == 0)
            break;
        lv_event_observe(joiner, end, LV_HOW_EVENT, stack, NULL);
        write_want(taken, i, end);
    }
    if (end != NULL)
        lv_instance_end(end);
}
