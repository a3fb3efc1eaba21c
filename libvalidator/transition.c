/* SPDX-License-Identifier: BSD-2-Clause */
/* transition.c: see transition.h. */
#include "transition.h"

#include "memory.h"

enum {
    FIRST = 32,   /* sets */
    USUAL = 2048, /* fits a core's own cache */
    MOST = 16384, /* for who comes back to what was thrown out */
    GHOSTS = 4,   /* remembered of each set */
    FRAMED = 256, /* steps of locks in frames */
};

struct lv_ghosts {
    uint16_t of_set[GHOSTS];
};

struct lv_framed {
    struct lv_transition known;
    const uintptr_t *slot; /* where its frame keeps its return address … */
    uintptr_t expect;      /* … while it lives */
};

struct lv_transition_set lv_transition_none;

bool lv_transitions_begin(struct lv_thread *thread)
{
    thread->table = lv_calloc(FIRST, sizeof *thread->table);
    thread->mask = FIRST - 1;
    return thread->table != NULL;
}

void lv_transitions_end(struct lv_thread *thread)
{
    while (thread->outgrown_count > 0)
        lv_free(thread->outgrown[--thread->outgrown_count]);
    lv_free(thread->table);
    lv_free(thread->ghosts);
    lv_free(thread->framed);
}

void lv_thread_mask(struct lv_thread *thread)
{
    thread->self->mask = 0;
    thread->self->table = &lv_transition_none;
}

void lv_thread_unmask(struct lv_thread *thread)
{
    thread->self->table = thread->table;
    thread->self->mask = thread->mask;
}

/* A step that a handler interrupts may just be copied: it is void. */
void lv_thread_unlearn(struct lv_thread *thread)
{
    uint32_t i;

    thread->unlearned++; /* what locks remember of it is void */
    for (i = 0; thread->table != NULL && i <= thread->mask; i++)
        thread->table[i].way[0].step = thread->table[i].way[1].step = 0;
    for (i = 0; thread->framed != NULL && i < FRAMED; i++)
        thread->framed[i].known.step = 0;
}

/* ---- room ---------------------------------------------------------------- */

/* The newest comes first; the oldest goes. */
static void put(struct lv_transition_set *set, const struct lv_transition *step)
{
    set->way[1] = set->way[0];
    set->way[0] = *step;
}

static void move(const struct lv_thread *thread, struct lv_self *to)
{
    const struct lv_transition *way;
    uint32_t i, j;

    for (i = 0; i <= thread->mask; i++)
        for (j = 2; j-- > 0;) {
            way = &thread->table[i].way[j];
            if (way->step != 0)
                put(lv_transition_set(to, way->step), way);
        }
}

/* Without memory it stays as it is. */
static void grow(struct lv_thread *thread)
{
    uint32_t size = (thread->mask + 1) * (thread->ghosts == NULL ? 4 : 2);
    struct lv_self more = {.mask = size - 1};
    struct lv_ghosts *ghosts;

    thread->evictions = thread->regrets = 0;
    if (size > MOST || thread->outgrown_count == LV_OUTGROWN)
        return;
    more.table = lv_calloc(size, sizeof *more.table);
    ghosts = size < USUAL ? NULL : lv_calloc(size, sizeof *ghosts);
    if (more.table == NULL || (ghosts == NULL && size >= USUAL)) {
        lv_free(more.table);
        return;
    }
    move(thread, &more);
    thread->outgrown[thread->outgrown_count++] = thread->table; /* a hook may
                                                                   look on */
    lv_free(thread->ghosts);
    thread->ghosts = ghosts;
    thread->table = more.table;
    thread->mask = more.mask;
    lv_thread_unmask(thread);
}

/* 0 is nobody. */
static uint16_t ghost_of(uint64_t step)
{
    return (uint16_t)(step | 1);
}

/* Was this step there not long ago? */
static bool is_regretted(const struct lv_ghosts *ghosts, uint64_t step)
{
    unsigned i;

    for (i = 0; i < GHOSTS; i++)
        if (ghosts->of_set[i] == ghost_of(step))
            return true;
    return false;
}

/* Some are, or even many of those that were thrown out. */
static bool are_regretted(const struct lv_thread *thread)
{
    return thread->regrets > thread->mask / 2 ||
           (thread->regrets > thread->mask / 16 &&
            thread->regrets > thread->evictions / 4);
}

/* `step` throws another out of `set`. True: the table is too small. */
static bool is_too_small(struct lv_thread *thread,
                         const struct lv_transition_set *set, uint64_t step)
{
    struct lv_ghosts *ghosts;

    thread->evictions++;
    if (thread->ghosts == NULL)
        return thread->evictions > thread->mask;
    ghosts = &thread->ghosts[set - thread->table];
    thread->regrets += is_regretted(ghosts, step);
    ghosts->of_set[thread->evictions % GHOSTS] = ghost_of(set->way[1].step);
    return are_regretted(thread);
}

/* ---- locks in frames ----------------------------------------------------- */

static struct lv_framed *framed_slot(const struct lv_thread *thread,
                                     uint64_t step)
{
    return &thread->framed[(step >> 40) % FRAMED];
}

static void learn_framed(struct lv_thread *thread,
                         const struct lv_transition *known,
                         const struct lv_rare *rare)
{
    if (thread->framed == NULL)
        thread->framed = lv_calloc(FRAMED, sizeof *thread->framed);
    if (thread->framed != NULL)
        *framed_slot(thread, known->step) =
            (struct lv_framed){*known, rare->slot, rare->expect};
}

bool lv_transition_framed(uintptr_t lock, uint32_t how, uintptr_t caller,
                          struct lv_ticket *ticket)
{
    const struct lv_self *self = &lv_self;
    uint64_t step = lv_step(self->key, lv_tag(lock, how), caller);
    const struct lv_framed *at;

    if (self->thread == NULL || self->thread->framed == NULL ||
        self->table != self->thread->table)
        return false;
    at = framed_slot(self->thread, step);
    if (at->known.step != step ||
        atomic_load_explicit(lv_generation_of(lock), memory_order_relaxed) !=
            at->known.generation ||
        *(volatile const uintptr_t *)at->slot != at->expect)
        return false;
    *ticket = lv_transition_ticket(&at->known, lock, how);
    return true;
}

/* ---- learning ------------------------------------------------------------ */

void lv_thread_learn(struct lv_thread *thread, uint32_t how, uintptr_t caller,
                     const struct lv_ticket *ticket)
{
    struct lv_self *self = thread->self;
    const struct lv_rare *rare = ticket->instance->rare;
    struct lv_transition known = {
        .step = lv_step(self->key, lv_tag(ticket->lock, how), caller),
        .next = ticket->next,
        .instance = ticket->instance,
        .generation = atomic_load_explicit(lv_generation_of(ticket->lock),
                                           memory_order_relaxed),
        .stack = ticket->stack,
    };
    struct lv_transition_set *set;

    lv_thread_unmask(thread);
    if (rare->slot != lv_rare_none.slot) {
        learn_framed(thread, &known, rare);
        return;
    }
    set = lv_transition_set(self, known.step);
    if (set->way[1].step != 0 && is_too_small(thread, set, known.step))
        grow(thread);
    put(lv_transition_set(self, known.step), &known);
}
