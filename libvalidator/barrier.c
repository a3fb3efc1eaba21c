/* SPDX-License-Identifier: BSD-2-Clause */
/* barrier.c: the order that barriers put on threads: what each did before it
 * arrived is before what any does after it left.
 *
 * Arrivals are counted into rounds. That is right as long as no more threads
 * come than the barrier is for; with others nobody knows who met whom, and
 * nothing more is learned of it. A new segment begins at each arrival, so
 * rounds cost the record and the tables of known steps: only the first ones of
 * each barrier, of few threads, are learned. Includes event.h, engine.h. */
#include "await.h"
#include "engine.h"
#include "event.h"
#include "hash.h"
#include "memory.h"
#include "record.h"
#include "thread.h"

enum { THREADS = 16, ROUNDS = 64, BARRIERS = 256 };

struct barrier {
    uintptr_t address; /* 0: none, or nothing more is learned */
    uint32_t count, arrivals, users;
    uint32_t user[THREADS];
    /* A thread leaves a round before the next but one can begin. */
    struct lv_arrival arrival[2][THREADS];
};

static struct barrier table[BARRIERS];

static struct barrier *slot_of(uintptr_t address)
{
    return &table[lv_mix(0, address) % BARRIERS];
}

static bool is_user(struct barrier *barrier, uint32_t thread)
{
    uint32_t i;

    for (i = 0; i < barrier->users; i++)
        if (barrier->user[i] == thread)
            return true;
    if (barrier->users == barrier->count)
        return false;
    barrier->user[barrier->users++] = thread;
    return true;
}

void lv_barrier_init(uintptr_t address, unsigned count)
{
    struct lv_instance *old;
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    old = lv_instance_find(address);
    if (old != NULL && old->family == LV_FAMILY_BARRIER)
        lv_instance_end(old);
    if (count > 1 && count <= THREADS)
        *slot_of(address) =
            (struct barrier){.address = address, .count = count};
    else if (slot_of(address)->address == address)
        slot_of(address)->address = 0;
    lv_engine_give();
    lv_leave(&guard);
}

/* The round's number, from 1; 0: none. */
static uint32_t arrive(struct lv_thread *thread, uintptr_t address)
{
    struct barrier *barrier = slot_of(address);
    uint32_t round = 0, place;

    if (barrier->address != address)
        return 0;
    if (thread->self->top != thread->base || thread->needs != 0)
        lv_await_barrier(thread, address);
    round = barrier->arrivals / barrier->count;
    place = barrier->arrivals++ % barrier->count;
    if (round == ROUNDS || !is_user(barrier, thread->id)) {
        barrier->address = 0;
        return 0;
    }
    lv_thread_next_segment(thread);
    barrier->arrival[round % 2][place].thread = thread->id;
    barrier->arrival[round % 2][place].until = thread->segment;
    return round + 1;
}

uint32_t lv_barrier_arrive(uintptr_t address, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread = lv_slow_enter(&guard, caller);
    uint32_t token;

    if (thread == NULL)
        return 0;
    token = arrive(thread, address);
    lv_slow_leave(&guard);
    return token;
}

static void meet_all(const struct lv_thread *thread,
                     const struct barrier *barrier,
                     const struct lv_arrival *arrival)
{
    uint32_t i;

    for (i = 0; i < barrier->count; i++)
        if (arrival[i].thread != thread->id)
            lv_thread_meet(thread, arrival[i].thread, arrival[i].until);
}

void lv_barrier_leave(uintptr_t address, uint32_t token)
{
    const struct barrier *barrier = slot_of(address);
    uint32_t round = token - 1;
    struct lv_guard guard;

    if (token == 0 || !lv_enter(&guard))
        return;
    lv_engine_take();
    if (barrier->address == address &&
        barrier->arrivals / barrier->count > round)
        meet_all(lv_self.thread, barrier, barrier->arrival[round % 2]);
    lv_engine_give();
    lv_leave(&guard);
}
