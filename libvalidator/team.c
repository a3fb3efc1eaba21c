/* SPDX-License-Identifier: BSD-2-Clause */
/* team.c: the order that a parallel region puts on the threads of its team.
 *
 * What its master did before is before what any of them does in it, and that is
 * before what the master does after it; what each did before a barrier inside
 * is before what any does behind it. Nobody knows how many they are, so the
 * first to leave a barrier, when all have arrived, gathers the others' work
 * into its own, and the rest come after that one.
 *
 * Regions may come by the million: a thread that observed nothing in its
 * segment (no nesting of locks) costs a look at its own memory, and after
 * LEARNED arrivals of others nothing more is learned. What is done while a
 * thread waits at a barrier (a task) is before what comes behind it, and after
 * nothing. Includes event.h, engine.h. */
#include "engine.h"
#include "event.h"
#include "memory.h"
#include "record.h"
#include "thread.h"

enum { LEARNED = 4096 };

static uint32_t learned;

/* Something was observed in the thread's segment. */
static bool is_busy(const struct lv_thread *thread)
{
    return thread->observed == thread->segment + 1;
}

static void meet(struct lv_thread *thread, struct lv_arrival before)
{
    if (before.thread != 0 && before.thread != thread->id)
        lv_thread_meet(thread, before.thread, before.until);
}

/* What the thread does from now on comes after `before`. */
static void follow(struct lv_thread *thread, struct lv_arrival before)
{
    if (is_busy(thread))
        lv_thread_next_segment(thread);
    meet(thread, before);
}

static bool add(struct lv_gathering *gathering, struct lv_arrival arrival)
{
    struct lv_arrival *more = gathering->arrival;
    uint32_t room = gathering->room == 0 ? 8 : gathering->room * 2;

    if (gathering->count == gathering->room) {
        more = lv_realloc(more, room, sizeof *more);
        if (more == NULL)
            return false;
        gathering->arrival = more;
        gathering->room = room;
    }
    more[gathering->count++] = arrival;
    return true;
}

/* `round` tells this use of the gathering from earlier ones. */
static void arrive(struct lv_thread *thread, struct lv_gathering *gathering,
                   uint32_t round)
{
    if (learned >= LEARNED)
        return;
    learned++;
    lv_thread_next_segment(thread);
    if (add(gathering, (struct lv_arrival){thread->id, thread->segment}))
        __atomic_store_n(&gathering->some, round, __ATOMIC_RELEASE);
    else
        lv_record_lost(LV_LOST_MEMORY);
}

/* The thread comes after all of them; a new segment, so that others can come
 * after it without coming after what it does next. */
static void gather(struct lv_thread *thread, struct lv_gathering *gathering)
{
    uint32_t i;

    if (is_busy(thread))
        lv_thread_next_segment(thread);
    for (i = 0; i < gathering->count; i++)
        meet(thread, gathering->arrival[i]);
    gathering->count = 0;
    lv_thread_next_segment(thread);
    gathering->gatherer = (struct lv_arrival){thread->id, thread->segment};
}

static bool has_some(const struct lv_gathering *gathering, uint32_t round)
{
    return __atomic_load_n(&gathering->some, __ATOMIC_ACQUIRE) == round;
}

/* Does the calling thread have anything to tell? Nothing is locked. */
static bool calls_for(void)
{
    return lv_self.thread != NULL && is_busy(lv_self.thread);
}

/* ---- event.h --------------------------------------------------------------
 */

void lv_team_begin(struct lv_team *team)
{
    struct lv_thread *thread = lv_self.thread;
    struct lv_guard guard;

    *team = (struct lv_team){0};
    if (calls_for() && lv_enter(&guard)) {
        lv_engine_take();
        if (learned < LEARNED) {
            learned++;
            lv_thread_next_segment(thread);
        }
        lv_engine_give();
        lv_leave(&guard);
    }
    if (thread != NULL)
        team->fork = (struct lv_arrival){thread->id, thread->segment};
}

void lv_team_enter(const struct lv_team *team)
{
    struct lv_guard guard;
    struct lv_thread *thread = lv_self.thread;

    if (team->fork.thread == 0 || team->fork.until == 0 ||
        (thread != NULL && (thread->id == team->fork.thread ||
                            (thread->follows.thread == team->fork.thread &&
                             thread->follows.until == team->fork.until))) ||
        !lv_enter(&guard))
        return;
    lv_engine_take();
    thread = lv_self.thread;
    if (learned < LEARNED) {
        follow(thread, team->fork);
        thread->follows = team->fork;
    }
    lv_engine_give();
    lv_leave(&guard);
}

void lv_team_arrive(struct lv_team *team, uint32_t round)
{
    struct lv_guard guard;

    if (!calls_for() || !lv_enter(&guard))
        return;
    lv_engine_take();
    arrive(lv_self.thread, &team->barrier[round % 2], round + 1);
    lv_engine_give();
    lv_leave(&guard);
}

/* All have arrived by now. A slow one is still to leave when the next round
 * begins, but not when the next but one does. */
void lv_team_depart(struct lv_team *team, uint32_t round)
{
    struct lv_gathering *gathering = &team->barrier[round % 2];
    struct lv_guard guard;

    if (!has_some(gathering, round + 1) || !lv_enter(&guard))
        return;
    lv_engine_take();
    if (gathering->count > 0)
        gather(lv_self.thread, gathering);
    else
        follow(lv_self.thread, gathering->gatherer);
    lv_engine_give();
    lv_leave(&guard);
}

void lv_team_leave(struct lv_team *team)
{
    struct lv_guard guard;

    if (!calls_for() || lv_self.thread->id == team->fork.thread ||
        !lv_enter(&guard))
        return;
    lv_engine_take();
    arrive(lv_self.thread, &team->end, 1);
    lv_engine_give();
    lv_leave(&guard);
}

void lv_team_end(struct lv_team *team)
{
    struct lv_guard guard;

    if ((!has_some(&team->end, 1) && team->barrier[0].room == 0 &&
         team->barrier[1].room == 0) ||
        !lv_enter(&guard))
        return;
    lv_engine_take();
    if (team->end.count > 0)
        gather(lv_self.thread, &team->end);
    lv_free(team->end.arrival);
    lv_free(team->barrier[0].arrival);
    lv_free(team->barrier[1].arrival);
    lv_engine_give();
    lv_leave(&guard);
}
