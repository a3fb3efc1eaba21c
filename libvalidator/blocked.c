/* SPDX-License-Identifier: BSD-2-Clause */
/* blocked.c: deadlocks that happened.
 *
 * A thread that has waited for a tenth of a second, without a limit, says for
 * what, under the engine's lock and by value: what it waits for is read by
 * others, and it may leave its wait by a jump. Then it looks along
 * "wants what that one holds" through all threads, breadth first, for a way
 * back to itself: the wait-for graph of Coffman, Elphick and Shoshani (1971),
 * with any one cycle a deadlock, since a lock's holder does not go on before
 * it gets what it waits for (for readers: each holder must go on). What others
 * hold is read while they run; so a cycle is told only when the same is found
 * a second time, a tenth of a second later, with every wait and hold the same.
 *
 * Used by interpose/ through event.h (lv_blocked). */
#include <signal.h>
#include <time.h>

#include "engine.h"
#include "event.h"
#include "findings.h"
#include "hash.h"
#include "notice.h"
#include "observe.h"
#include "record.h"
#include "thread.h"
#include "waiting.h"

static struct lv_hash told;
static uint64_t searches;

/* Slices are a second at most; the rest is for a machine that is busy. */
#define STALE_NS 10000000000ULL

static uint64_t now_ns(void)
{
    struct timespec now = {0};

    lv_raw_clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + 1;
}

/* What the thread waits for now; NULL: nothing, or it has not said so again for
 * so long that it must have left its wait by a jump. With the engine's lock
 * held. */
static const struct lv_ticket *blocked_on(const struct lv_thread *thread)
{
    const struct lv_ticket *ticket = &thread->waiting;

    if (thread->waited_ns == 0 || now_ns() - thread->waited_ns > STALE_NS ||
        ticket->instance->life == 0 ||
        ticket->instance->lock != lv_unwatched(ticket->lock))
        return NULL;
    return ticket;
}

/* A hold of `thread` that keeps `wanted` from whoever waits for it. */
static const struct lv_held *obstacle(const struct lv_thread *thread,
                                      const struct lv_ticket *wanted)
{
    const struct lv_held *held, *top = thread->self->top;

    for (held = thread->base + 1; held <= top; held++)
        if (held->instance == wanted->instance &&
            lv_held_lock(held) == lv_unwatched(wanted->lock) &&
            lv_how_excludes(held->how, wanted->how) &&
            lv_hold_valid(thread, held))
            return held;
    return NULL;
}

/* Breadth first from `me`; the last of the shortest cycle, or NULL. `via` and
 * `via_hold` lead back: via waits for what via_hold, a hold of the thread
 * itself, keeps from it. `closing` is my own hold at the end. */
static struct lv_thread *find_cycle(struct lv_thread *me,
                                    const struct lv_held **closing)
{
    struct lv_thread *at, *last = me, *next;

    me->search = ++searches;
    me->queue = NULL;
    for (at = me; at != NULL; at = at->queue) {
        const struct lv_ticket *wanted = blocked_on(at);

        if (wanted == NULL)
            continue;
        *closing = obstacle(me, wanted);
        if (*closing != NULL)
            return at;
        for (next = lv_thread_first(); next != NULL; next = next->next) {
            const struct lv_held *hold;

            if (next->search == searches)
                continue;
            hold = obstacle(next, wanted);
            if (hold == NULL)
                continue;
            next->search = searches;
            next->via = at;
            next->via_hold = hold;
            next->queue = NULL;
            last->queue = next;
            last = next;
        }
    }
    return NULL;
}

static struct lv_rec_party party_of(struct lv_thread *thread,
                                    const struct lv_held *held)
{
    const struct lv_ticket *wanted = blocked_on(thread);
    struct lv_rec_party party = {.thread = thread->id};

    party.held = lv_describe(held->instance, held->how, held->stack);
    if (wanted != NULL)
        party.wanted =
            lv_describe(wanted->instance, wanted->how, wanted->stack);
    return party;
}

/* The same whichever of its threads found it. */
static uint64_t identify(const struct lv_thread *me,
                         const struct lv_thread *last)
{
    uint64_t key = 0;

    for (;; last = last->via) {
        const struct lv_ticket *wanted = blocked_on(last);

        key += lv_mix(last->id, wanted == NULL ? 0 : wanted->instance->life);
        if (last == me)
            return key;
    }
}

static void write_deadlock(struct lv_thread *me, struct lv_thread *last,
                           const struct lv_held *closing)
{
    struct lv_rec_deadlock *entry;
    struct lv_thread *at;
    uint32_t count = 1, i;

    for (at = last; at != me; at = at->via)
        count++;
    /* First what the entry names, then the entry. */
    party_of(me, closing);
    for (at = last; at != me; at = at->via)
        party_of(at, at->via_hold);
    lv_thread_write_name(me);
    entry = lv_record_append(LV_REC_DEADLOCK,
                             sizeof *entry + count * sizeof entry->party[0]);
    if (entry == NULL)
        return;
    entry->count = count;
    for (at = last, i = count; at != me; at = at->via)
        entry->party[--i] = party_of(at, at->via_hold);
    entry->party[0] = party_of(me, closing);
    lv_record_commit(entry);
    lv_record_header()->deadlocks++;
    lv_findings_add();
    lv_notice_deadlock(entry);
}

/* With the engine's lock held; true: told now, for the first time. */
static bool look(struct lv_thread *me)
{
    const struct lv_held *closing = NULL;
    struct lv_thread *last;
    uint64_t *seen, key;

    lv_thread_drop_gone();
    last = find_cycle(me, &closing);
    if (last == NULL) {
        me->suspected = 0;
        return false;
    }
    key = identify(me, last) | 1;
    if (me->suspected != key) {
        me->suspected = key;
        return false;
    }
    seen = lv_hash_put(&told, key);
    if (seen == NULL || (*seen)++ != 0)
        return false;
    if (last == me) /* a self-deadlock: told before it blocked */
        lv_record_header()->deadlocks++;
    else
        write_deadlock(me, last, closing);
    return true;
}

/* What the user asked for; by default the program hangs on, as it would. */
static void react(void)
{
    if (lv_engine.options.on_deadlock == LV_ON_DEADLOCK_ABORT)
        lv_raw_call(SYS_kill, lv_raw_getpid(), SIGABRT, 0, 0, 0, 0);
    if (lv_engine.options.on_deadlock == LV_ON_DEADLOCK_EXIT)
        lv_raw_call(SYS_exit_group, 66, 0, 0, 0, 0, 0);
}

void lv_blocked(const struct lv_ticket *ticket)
{
    struct lv_guard guard;
    struct lv_thread *me;
    bool found;

    if (ticket->instance == NULL || !lv_enter(&guard))
        return;
    me = lv_self.thread;
    lv_engine_take();
    me->waiting = *ticket;
    me->waited_ns = now_ns();
    lv_waiting_sliced(me, ticket);
    found = look(me);
    lv_engine_give();
    lv_leave(&guard);
    if (found)
        react();
}

void lv_blocked_end(void)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    lv_self.thread->waited_ns = 0;
    lv_wait_end();
    lv_engine_give();
    lv_leave(&guard);
}
