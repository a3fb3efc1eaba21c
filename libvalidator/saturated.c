/* SPDX-License-Identifier: BSD-2-Clause */
/* saturated.c: see saturated.h.
 *
 * The table holds 64-bit hashes in lines of eight; the epoch is part of them.
 * A table that was outgrown stays, for who reads it. */
#include "saturated.h"

#include "engine.h"
#include "hash.h"
#include "memory.h"
#include "pairs.h"
#include "table.h"

enum { WAYS = 8, FIRST_BITS = 9, MOST_BITS = 18 };

struct table {
    uint32_t bits;   /* of the number of lines */
    uint32_t thrown; /* out of it, by others */
    uint32_t since;  /* the epoch in which it was empty */
    _Atomic uint64_t line[][WAYS];
};

static struct table *_Atomic table_now;
static _Atomic uint32_t epoch;

/* Of each thread, by its number. */
static struct state {
    uint32_t segment;
    bool vouches, joined;
} * states;
static uint32_t state_room, last_thread;
static struct lv_hash places;

/* ---- the table ----------------------------------------------------------- */

static uint64_t way_of(uint64_t life, uint32_t how)
{
    return life << 10 ^ (how & LV_HOW_MODE) ^
           (how >> LV_HOW_SUBCLASS_SHIFT & 0xff) << 2;
}

/* Of the wanted lock and the call, in the present epoch. */
static uint64_t seed_of(const struct lv_instance *wanted, uint32_t how,
                        uintptr_t caller)
{
    uint64_t life = atomic_load_explicit(&wanted->life, memory_order_relaxed);
    uint64_t now = atomic_load_explicit(&epoch, memory_order_acquire);

    return lv_mix(way_of(life, how), caller ^ now << 40);
}

static uint64_t key_of(uint64_t seed, const struct lv_held *held)
{
    uint64_t life =
        atomic_load_explicit(&held->instance->life, memory_order_relaxed);

    return lv_mix(seed, way_of(life, held->how)) | 1;
}

static _Atomic uint64_t *line_of(struct table *table, uint64_t key)
{
    return table->line[key >> (64 - table->bits)];
}

static bool contains(struct table *table, uint64_t key)
{
    const _Atomic uint64_t *line = line_of(table, key);
    unsigned i;

    for (i = 0; i < WAYS; i++)
        if (atomic_load_explicit(&line[i], memory_order_relaxed) == key)
            return true;
    return false;
}

static void put(struct table *table, uint64_t key)
{
    _Atomic uint64_t *line = line_of(table, key);
    unsigned i;

    for (i = 0; i < WAYS; i++)
        if (atomic_load_explicit(&line[i], memory_order_relaxed) == 0)
            break;
    if (i == WAYS) {
        table->thrown++;
        i = key >> 1 & (WAYS - 1);
    }
    atomic_store_explicit(&line[i], key, memory_order_relaxed);
}

static struct table *clear(struct table *table)
{
    uint32_t i, j;

    for (i = 0; i < 1u << table->bits; i++)
        for (j = 0; j < WAYS; j++)
            atomic_store_explicit(&table->line[i][j], 0, memory_order_relaxed);
    table->thrown = 0;
    table->since = epoch;
    return table;
}

/* One that is full of what former epochs left is cleared, another grows. */
static struct table *table_for_more(void)
{
    struct table *old = atomic_load_explicit(&table_now, memory_order_relaxed);
    uint32_t bits = old == NULL ? FIRST_BITS : old->bits + 1, i, j;
    struct table *table;

    if (old != NULL && old->thrown >> old->bits == 0)
        return old;
    if (old != NULL && (old->since != epoch || bits > MOST_BITS))
        return clear(old);
    table = lv_calloc(1, sizeof *table + (sizeof table->line[0] << bits));
    if (table == NULL)
        return old;
    table->bits = bits;
    for (i = 0; old != NULL && i < 1u << old->bits; i++)
        for (j = 0; j < WAYS; j++)
            if (old->line[i][j] != 0)
                put(table, old->line[i][j]);
    table->thrown = 0;
    table->since = epoch;
    atomic_store_explicit(&table_now, table, memory_order_release);
    return table;
}

bool lv_saturated_look(const struct lv_thread *thread,
                       const struct lv_instance *wanted, uint32_t how,
                       uintptr_t caller)
{
    struct table *table =
        atomic_load_explicit(&table_now, memory_order_acquire);
    const struct lv_held *held;
    uint64_t seed;

    if (table == NULL)
        return false;
    seed = seed_of(wanted, how, caller);
    for (held = thread->self->top; held > thread->base; held--)
        if (held->instance == wanted || !contains(table, key_of(seed, held)))
            return false;
    return true;
}

/* ---- who vouches --------------------------------------------------------- */

void lv_saturated_end_epoch(void)
{
    atomic_fetch_add_explicit(&epoch, 1, memory_order_release);
}

static bool is_current(uint32_t thread, uint32_t segment)
{
    return thread < state_room && states[thread].segment == segment &&
           !states[thread].joined;
}

static bool reserve(uint32_t id)
{
    uint32_t room = state_room;

    if (!lv_vector_reserve(&states, &state_room, (uint64_t)id + 1,
                           sizeof *states))
        return false;
    if (state_room > room)
        memset(states + room, 0, (state_room - room) * sizeof *states);
    return true;
}

/* Without memory nothing new is saturated by it, and what was ends. */
void lv_saturated_segment(uint32_t id, uint32_t segment)
{
    if (!reserve(id) || states[id].vouches)
        lv_saturated_end_epoch();
    if (id > last_thread)
        last_thread = id;
    if (id < state_room)
        states[id] = (struct state){.segment = segment};
}

void lv_saturated_forked(uint32_t survivor)
{
    uint32_t id;

    for (id = 0; id < state_room; id++)
        states[id].joined |= id != survivor;
    lv_saturated_end_epoch();
}

void lv_saturated_met(uint32_t id, uint32_t until)
{
    if (id >= state_room || until <= states[id].segment)
        return;
    if (states[id].vouches)
        lv_saturated_end_epoch();
    states[id].vouches = false;
    states[id].joined = true;
}

/* ---- what is saturated --------------------------------------------------- */

/* Calls from `caller` for locks of these classes were seen before. */
static bool is_known_place(const struct lv_instance *tail,
                           const struct lv_instance *head, uintptr_t caller)
{
    uint64_t classes = (uint64_t)tail->class_id << 32 | head->class_id;
    uint64_t *seen = lv_hash_put(&places, lv_mix(classes, caller) | 1);

    return seen != NULL && (*seen)++ != 0;
}

static bool ask(struct table *table, const struct lv_held *held,
                const struct lv_instance *wanted, uint32_t how, uint64_t key)
{
    uint32_t vouching[LV_SATURATED], i;
    struct lv_order_asked asked = {
        .from = held->instance->id,
        .to = wanted->id,
        .from_how = held->how,
        .to_how = how,
        .is_current = is_current,
        .thread = vouching,
        .enough = LV_SATURATED,
    };

    if (!lv_pairs_is_saturated(held->instance, wanted, &asked) &&
        !lv_order_is_saturated(lv_engine.order, &asked))
        return false;
    for (i = 0; i < LV_SATURATED; i++)
        states[vouching[i]].vouches = true;
    put(table, key);
    return true;
}

bool lv_saturated_ask(const struct lv_thread *thread,
                      const struct lv_instance *wanted, uint32_t how,
                      uintptr_t caller)
{
    struct table *table = last_thread < LV_SATURATED ? NULL : table_for_more();
    const struct lv_held *held;
    uint64_t seed, key;
    bool all = true;

    if (table == NULL)
        return false;
    seed = seed_of(wanted, how, caller);
    for (held = thread->self->top; held > thread->base; held--) {
        key = key_of(seed, held);
        if (!contains(table, key) && !ask(table, held, wanted, how, key))
            all = false;
        all &= is_known_place(held->instance, wanted, caller);
    }
    return all;
}
