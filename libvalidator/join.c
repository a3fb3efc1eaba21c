/* SPDX-License-Identifier: BSD-2-Clause */
/* join.c: see join.h. */
#include "join.h"

#include "class.h"
#include "engine.h"
#include "event.h"
#include "findings.h"
#include "hash.h"
#include "life.h"
#include "memory.h"
#include "observe.h"
#include "record.h"
#include "waiting.h"

enum {
    THREADS = 1024, /* a later one takes the place of one that many before */
    LOCKS = 32,
    EVENTS = 4,
};

struct taken_lock {
    struct lv_instance *instance;
    uint64_t life;
    uint32_t how, stack, segment;
    /* What the thread brought about since it last took the lock, and: the lock
     * was in its hands then; it would be seen to take it again; how many locks
     * it had taken by the last of them. */
    uint32_t events;
    uintptr_t event[EVENTS];
    bool within, seen;
    uint64_t by_then;
};

/* How far a thread is: locks that it has taken, and by its newest signal from a
 * known place. */
struct progress {
    uint64_t acquisitions, by_signal;
    uintptr_t signal; /* 0: none */
};

struct taken {
    uint32_t thread; /* 0: nobody's */
    uint32_t count;
    bool over;
    struct progress end; /* of a thread that is over */
    struct taken_lock lock[LOCKS];
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
        (*taken)->over = false;
    }
    return *taken;
}

static struct taken_lock *find_lock(struct taken *taken,
                                    const struct lv_instance *instance)
{
    uint32_t i;

    for (i = 0; i < taken->count; i++)
        if (taken->lock[i].instance == instance &&
            taken->lock[i].life == instance->life)
            return &taken->lock[i];
    return NULL;
}

/* While nothing was brought about yet, there is nothing to be kept up. */
static unsigned noted_so_far(const struct lv_thread *thread,
                             const struct taken *taken)
{
    if (thread->rounds != 0)
        return 0;
    return LV_NOTED_LOCK | (taken->count == LOCKS ? LV_NOTED_ALL : 0);
}

unsigned lv_join_note(struct lv_thread *thread, struct lv_instance *instance,
                      uint32_t how, uint32_t stack)
{
    struct taken *taken;
    struct taken_lock *lock;

    if (thread->handle == 0 || lv_thread_id_of(thread->handle) != thread->id)
        return LV_NOTED_ALL | LV_NOTED_LOCK; /* nobody can join it */
    taken = find_or_add(thread->id);
    if (taken == NULL)
        return LV_NOTED_ALL | LV_NOTED_LOCK;
    lock = find_lock(taken, instance);
    if (lock != NULL)
        lock->events = 0;
    if (lock != NULL || taken->count == LOCKS)
        return noted_so_far(thread, taken);
    taken->lock[taken->count++] = (struct taken_lock){
        .instance = instance,
        .life = instance->life,
        .how = how,
        .stack = stack,
        .segment = thread->segment,
    };
    thread->observed = thread->segment + 1;
    return noted_so_far(thread, taken);
}

void lv_join_brought(const struct lv_thread *thread, uintptr_t event)
{
    struct taken *taken = find(thread->id);
    struct taken_lock *lock;
    uint32_t i;

    for (i = 0; taken != NULL && i < taken->count; i++) {
        lock = &taken->lock[i];
        if (lock->events == 0)
            lock->within = false;
        lock->event[lock->events % EVENTS] = event;
        lock->events++;
        lock->within |= lv_thread_hold(thread, lock->instance) != NULL;
        lock->seen = thread->rounds < LV_NEED_ROUNDS;
        lock->by_then = thread->self->acquisitions;
    }
}

static struct progress progress_of(const struct lv_thread *thread)
{
    return (struct progress){.acquisitions = thread->self->acquisitions,
                             .by_signal = thread->self->by_signal,
                             .signal = thread->self->signal};
}

void lv_join_over(const struct lv_thread *thread)
{
    struct taken *taken = find(thread->id);

    if (taken == NULL)
        return;
    taken->over = true;
    taken->end = progress_of(thread);
}

void lv_join_forget(uint32_t id)
{
    struct taken *taken = find(id);

    if (taken != NULL)
        taken->thread = 0;
}

/* ---- the join -------------------------------------------------------------
 */

static struct progress look(const struct taken *taken)
{
    const struct lv_thread *thread = lv_thread_first();

    if (taken->over)
        return taken->end;
    while (thread != NULL && thread->id != taken->thread)
        thread = thread->next;
    return thread == NULL ? (struct progress){.acquisitions = UINT64_MAX}
                          : progress_of(thread);
}

/* The thread has taken nothing since it signalled from a known place. */
static bool has_signalled_last(const struct progress *progress)
{
    return progress->signal != 0 &&
           progress->by_signal == progress->acquisitions;
}

/* The thread took this lock last before it brought something about. */
static bool is_past(const struct taken_lock *lock,
                    const struct progress *progress)
{
    return has_signalled_last(progress) ||
           (lock->events > 0 &&
            (lock->seen || lock->by_then == progress->acquisitions));
}

/* What the joiner may know of the thread: that it is past the lock, for it
 * waited for what the thread then brought about, with the lock (KNOWS: in the
 * same hold). */
enum knowledge { NONE, MAY_KNOW, KNOWS };

/* What it tells that the joiner has waited for `event` with the lock. */
static enum knowledge learn_of(const struct lv_thread *joiner,
                               const struct lv_held *held, uintptr_t event)
{
    uint32_t stack;

    if (!lv_waiting_waited(joiner, event, held->instance->lock, &stack))
        return NONE;
    return stack == held->stack ? KNOWS : MAY_KNOW;
}

static enum knowledge more(enum knowledge a, enum knowledge b)
{
    return a > b ? a : b;
}

static enum knowledge look_back(const struct lv_thread *joiner,
                                const struct lv_held *held,
                                const struct taken *taken,
                                const struct taken_lock *lock)
{
    struct progress progress = look(taken);
    enum knowledge best = lock->within ? MAY_KNOW : NONE;
    uint32_t i;

    if (!is_past(lock, &progress))
        return NONE;
    for (i = 0; i < lock->events && i < EVENTS; i++)
        best = more(best, learn_of(joiner, held, lock->event[i]));
    if (has_signalled_last(&progress))
        best = more(best, learn_of(joiner, held, progress.signal));
    return best;
}

static bool is_news(const struct taken_lock *lock, uint32_t stack,
                    enum knowledge knowledge)
{
    uint64_t key = lv_mix(lock->instance->class_id, stack);
    uint64_t *seen = lv_hash_put(
        &told, lv_mix(key, (uint64_t)knowledge << 32 | lock->stack));

    if (seen == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    return (*seen)++ == 0;
}

/* As thread's own observation: before it ends it wants the lock. */
static void write_want(uint32_t thread, const struct taken_lock *lock,
                       struct lv_rec_hold end)
{
    struct lv_rec_hold wanted =
        lv_describe(lock->instance, lock->how, lock->stack);
    struct lv_rec_observation *entry =
        lv_record_append(LV_REC_OBSERVATION, sizeof *entry + sizeof end);

    if (entry == NULL)
        return;
    entry->thread = thread;
    entry->segment = lock->segment;
    entry->count = 1;
    entry->wanted = wanted;
    entry->hold[0] = end;
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

static void tell(struct lv_thread *joiner, uint32_t id,
                 const struct taken_lock *lock, struct lv_instance *end,
                 enum knowledge knowledge)
{
    struct lv_rec_hold hold;

    lv_observe(joiner, end, LV_HOW_EVENT, lv_stack_intern(&joiner->stack),
               NULL);
    hold = lv_describe(end, LV_HOW_EVENT, 0);
    if (knowledge == MAY_KNOW)
        hold.how |= LV_HOW_UNPUBLISHED;
    write_want(id, lock, hold);
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
        const struct taken_lock *lock = &taken->lock[i];
        const struct lv_held *held = lv_thread_hold(joiner, lock->instance);
        enum knowledge knowledge;

        if (lock->instance->life != lock->life || held == NULL)
            continue;
        knowledge = look_back(joiner, held, taken, lock);
        if (knowledge == KNOWS || !is_news(lock, stack, knowledge))
            continue;
        if (end == NULL)
            end = begin_end(handle);
        if (end == NULL || end->class_id == 0)
            break;
        tell(joiner, id, lock, end, knowledge);
    }
    if (end != NULL)
        lv_instance_end(end);
}
