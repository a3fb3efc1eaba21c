/* SPDX-License-Identifier: BSD-2-Clause */
/* exception.c: would the order survive the raw writes, and do the readers?
 *
 * All is computed between classes. One graph holds what was observed together
 * with what raw writes kept out. The cycles of a site are the elementary strong
 * ones of that graph (classes.h) in which some step has a suppressed witness of
 * the site. Reach(seq) of a site begins with what was wanted inside its own
 * raw writes and goes on along all dependencies, as far as the walk is strong;
 * a reader that waits and holds a lock in it, in a way that keeps the walk
 * strong, refutes. (A writer never waits to hold the count, so what waits
 * *into* seq is the readers alone; and a reader that holds seq itself spins for
 * ever.) Includes exception.h, classes.h, witness.h, memory.h, table.h. */
#include "exception.h"

#include "classes.h"
#include "memory.h"
#include "table.h"
#include "witness.h"

#define NONE LV_GRAPH_NONE
#define EFFORT 100000000ULL

struct site {
    uint64_t key; /* class << 32 | stack; must be first */
    struct lv_suppressed *suppressed;
    uint32_t suppressed_count, suppressed_room;
    struct lv_cycle *cycle;
    uint32_t cycle_count, cycle_room;
    const struct lv_rec_observation *reader;
    uint32_t reader_lock;
};

struct work {
    const struct lv_rec_observation *const *seen;
    size_t count;
    struct site *site;
    struct lv_table index;
    uint32_t site_count, site_room;
    struct lv_witness *witness; /* of real and suppressed dependencies */
    uint32_t witness_count, witness_room;
    struct lv_classes *classes;
    struct lv_step *step; /* of the cycle being kept */
    uint32_t step_room;
    /* Classes reached, and how: a table over `reached`. */
    struct reached {
        uint64_t class_id; /* key, must be first */
        uint32_t states;   /* 1: by a head N; 2: by R alone */
        uint32_t done;     /* states already followed */
    } * reached;
    struct lv_table reached_index;
    uint32_t reached_count, reached_room;
    bool no_memory;
};

/* ---- sites and what they suppress ---------------------------------------- */

static struct site *find_site(struct work *work, uint32_t class_id,
                              uint32_t stack)
{
    uint64_t key = (uint64_t)class_id << 32 | stack;
    uint32_t s;

    s = lv_table_find(&work->index, work->site, sizeof *work->site, key);
    if (s != LV_TABLE_NONE)
        return &work->site[s];
    if (!lv_table_reserve(&work->index, work->site, sizeof *work->site) ||
        !lv_vector_reserve(&work->site, &work->site_room,
                           (uint64_t)work->site_count + 1,
                           sizeof *work->site)) {
        work->no_memory = true;
        return NULL;
    }
    s = work->site_count++;
    work->site[s] = (struct site){.key = key};
    lv_table_add(&work->index, work->site, sizeof *work->site, s);
    return &work->site[s];
}

static void suppress(struct work *work, struct site *site, uint32_t from,
                     uint32_t to)
{
    uint32_t i;

    for (i = 0; i < site->suppressed_count; i++)
        if (site->suppressed[i].from_class == from &&
            site->suppressed[i].to_class == to)
            return;
    if (!lv_vector_reserve(&site->suppressed, &site->suppressed_room,
                           (uint64_t)i + 1, sizeof *site->suppressed)) {
        work->no_memory = true;
        return;
    }
    site->suppressed[site->suppressed_count++] =
        (struct lv_suppressed){from, to};
}

/* Sites in the order in which they were seen; what each kept out. */
static void list_sites(struct work *work, const struct lv_rec_observation *seen)
{
    const struct lv_rec_hold *wanted = &seen->wanted;
    bool draws = lv_draws_raw(seen);
    struct site *site;
    uint32_t i;

    for (i = 0; i < seen->count; i++) {
        if (!(seen->hold[i].how & LV_HOW_RAW))
            continue;
        site = find_site(work, seen->hold[i].class_id, seen->hold[i].stack);
        if (site != NULL && draws && lv_draws_from(seen, i, true))
            suppress(work, site, seen->hold[i].class_id, wanted->class_id);
    }
    if (!(wanted->how & LV_HOW_RAW))
        return;
    site = find_site(work, wanted->class_id, wanted->stack);
    for (i = 0; i < seen->count && site != NULL && draws; i++)
        if (lv_draws_from(seen, i, true))
            suppress(work, site, seen->hold[i].class_id, wanted->class_id);
}

/* ---- the graph of both --------------------------------------------------- */

static uint64_t count_witnesses(const struct work *work)
{
    uint64_t total = 0;
    size_t s;

    for (s = 0; s < work->count; s++)
        total += work->seen[s]->count;
    return total;
}

static bool build_graph(struct work *work)
{
    const struct lv_rec_observation *seen;
    struct lv_witness *witness;
    uint32_t i;
    size_t s;

    work->classes = lv_classes_new(true);
    if (work->classes == NULL ||
        !lv_vector_reserve(&work->witness, &work->witness_room,
                           count_witnesses(work), sizeof *work->witness))
        return false;
    for (s = 0; s < work->count; s++) {
        seen = work->seen[s];
        for (i = 0; i < seen->count && lv_draws_raw(seen); i++) {
            if (!lv_draws_from(seen, i, true))
                continue;
            witness = &work->witness[work->witness_count++];
            *witness = (struct lv_witness){.seen = seen,
                                           .gates = lv_gates_of(seen).bits,
                                           .hold = i,
                                           .kind = lv_kind(seen, i)};
            if (!lv_classes_add(work->classes, witness))
                return false;
        }
    }
    return true;
}

/* ---- cycles -------------------------------------------------------------- */

/* Did this site's raw write keep the witness's dependency out? */
static bool is_suppressed_by(const struct lv_witness *witness,
                             const struct site *site)
{
    const struct lv_rec_hold *from = &witness->seen->hold[witness->hold];
    const struct lv_rec_hold *to = &witness->seen->wanted;

    return (from->how & LV_HOW_RAW &&
            ((uint64_t)from->class_id << 32 | from->stack) == site->key) ||
           (to->how & LV_HOW_RAW &&
            ((uint64_t)to->class_id << 32 | to->stack) == site->key);
}

/* A minimal witness of the edge: the site's if there is one (and *own is set),
 * else any. */
static const struct lv_witness *
choose_witness(const struct work *work, const struct site *site, uint32_t edge,
               const uint32_t *class_id, uint32_t count, bool *own)
{
    const struct lv_witness *witness, *any = NULL;
    uint32_t at = NONE;

    while ((witness = lv_classes_next(work->classes, edge, &at)) != NULL) {
        if (!lv_classes_is_minimal(work->classes, witness, class_id, count))
            continue;
        if (is_suppressed_by(witness, site)) {
            *own = true;
            return witness;
        }
        any = witness;
    }
    return any;
}

static void write_step(struct lv_step *step, const struct lv_witness *witness)
{
    const struct lv_rec_observation *seen = witness->seen;

    *step = (struct lv_step){.from = seen->hold[witness->hold].instance,
                             .to = seen->wanted.instance,
                             .from_class = seen->hold[witness->hold].class_id,
                             .to_class = seen->wanted.class_id,
                             .kind = (enum lv_dep_kind)witness->kind,
                             .seen = seen,
                             .hold = witness->hold};
}

static bool append_cycle(struct site *site, const struct lv_step *step,
                         uint32_t count)
{
    struct lv_step *copy;

    if (!lv_vector_reserve(&site->cycle, &site->cycle_room,
                           (uint64_t)site->cycle_count + 1,
                           sizeof *site->cycle))
        return false;
    copy = lv_calloc(count, sizeof *copy);
    if (copy == NULL)
        return false;
    memcpy(copy, step, count * sizeof *copy);
    site->cycle[site->cycle_count++] =
        (struct lv_cycle){LV_GRADE_CLASS, count, copy};
    return true;
}

static void try_site(struct work *work, struct site *site, const uint32_t *edge,
                     uint32_t count, const uint32_t *class_id)
{
    const struct lv_witness *witness;
    bool own = false;
    uint32_t i;

    for (i = 0; i < count; i++) {
        witness = choose_witness(work, site, edge[i], class_id, count, &own);
        if (witness == NULL)
            return;
        write_step(&work->step[i], witness);
    }
    if (own && !append_cycle(site, work->step, count))
        work->no_memory = true;
}

static bool visit_cycle(void *context, const uint32_t *edge, uint32_t count)
{
    struct work *work = context;
    struct lv_graph *graph = lv_classes_graph(work->classes);
    uint32_t *class_id = lv_calloc(count, sizeof *class_id), i;

    if (class_id == NULL || !lv_vector_reserve(&work->step, &work->step_room,
                                               count, sizeof *work->step)) {
        lv_free(class_id);
        work->no_memory = true;
        return true;
    }
    for (i = 0; i < count; i++)
        class_id[i] = lv_graph_from(graph, edge[i]);
    lv_sort_ids(class_id, count);
    for (i = 0; i < work->site_count; i++)
        try_site(work, &work->site[i], edge, count, class_id);
    lv_free(class_id);
    return work->no_memory;
}

/* ---- Reach(seq) ---------------------------------------------------------- */

#define BY_N 1u
#define BY_R 2u

static void reach(struct work *work, uint32_t class_id, uint32_t state)
{
    uint32_t r;

    r = lv_table_find(&work->reached_index, work->reached,
                      sizeof *work->reached, class_id);
    if (r != LV_TABLE_NONE) {
        work->reached[r].states |= state;
        return;
    }
    if (!lv_table_reserve(&work->reached_index, work->reached,
                          sizeof *work->reached) ||
        !lv_vector_reserve(&work->reached, &work->reached_room,
                           (uint64_t)work->reached_count + 1,
                           sizeof *work->reached)) {
        work->no_memory = true;
        return;
    }
    r = work->reached_count++;
    work->reached[r] = (struct reached){class_id, state, 0};
    lv_table_add(&work->reached_index, work->reached, sizeof *work->reached, r);
}

/* Reach what edges of these kinds lead to, from a class reached in `state`. */
static void follow(struct work *work, uint32_t class_id, unsigned kinds,
                   uint32_t state)
{
    if (state == BY_R)
        kinds &= 0x3u; /* exclusive tails */
    if (kinds & 0x5u)
        reach(work, class_id, BY_N);
    if (kinds & 0xau)
        reach(work, class_id, BY_R);
}

static void follow_all(struct work *work, uint32_t r, uint32_t state)
{
    struct lv_graph *graph = lv_classes_graph(work->classes);
    uint32_t class_id = (uint32_t)work->reached[r].class_id, e;

    work->reached[r].done |= state;
    for (e = lv_graph_first_out(graph, class_id); e != NONE;
         e = lv_graph_next_out(graph, e))
        follow(work, lv_graph_to(graph, e), lv_graph_kinds(graph, e), state);
}

/* What a site's own writers may wait for while they hold the count. */
static void start_reach(struct work *work, const struct site *site)
{
    struct lv_graph *graph = lv_classes_graph(work->classes);
    uint32_t class_id = (uint32_t)(site->key >> 32), e, at;
    const struct lv_witness *witness;

    for (e = lv_graph_first_out(graph, class_id); e != NONE;
         e = lv_graph_next_out(graph, e)) {
        at = NONE;
        while ((witness = lv_classes_next(work->classes, e, &at)) != NULL)
            if (is_suppressed_by(witness, site))
                follow(work, lv_graph_to(graph, e), 1u << witness->kind, BY_N);
    }
}

static void find_reach(struct work *work, const struct site *site)
{
    uint32_t r, open;
    bool more = true;

    lv_table_free(&work->reached_index);
    work->reached_count = 0;
    start_reach(work, site);
    while (more && !work->no_memory) {
        more = false;
        for (r = 0; r < work->reached_count; r++) {
            open = work->reached[r].states & ~work->reached[r].done;
            more |= open != 0;
            if (open & BY_N)
                follow_all(work, r, BY_N);
            if (open & BY_R)
                follow_all(work, r, BY_R);
        }
    }
}

/* Would a writer that holds the count wait for this hold, and go on waiting? */
static bool is_in_reach(const struct work *work, const struct site *site,
                        const struct lv_rec_hold *hold)
{
    bool shared = (hold->how & LV_HOW_MODE) != LV_HOW_WRITE;
    uint32_t r;

    if (hold->class_id == (uint32_t)(site->key >> 32))
        return true;
    r = lv_table_find(&work->reached_index, work->reached,
                      sizeof *work->reached, hold->class_id);
    if (r == LV_TABLE_NONE)
        return false;
    return !shared || work->reached[r].states & BY_N;
}

static void look_for_reader(struct work *work, struct site *site)
{
    const uint32_t waits = LV_HOW_SEQ_WAIT | LV_HOW_SEQ_FALLBACK;
    const struct lv_rec_observation *seen;
    uint32_t i;
    size_t s;

    for (s = 0; s < work->count; s++) {
        seen = work->seen[s];
        if (!(seen->wanted.how & waits) ||
            seen->wanted.class_id != (uint32_t)(site->key >> 32))
            continue;
        for (i = 0; i < seen->count; i++) {
            if (!is_in_reach(work, site, &seen->hold[i]))
                continue;
            site->reader = seen;
            site->reader_lock = seen->hold[i].class_id;
            return;
        }
    }
}

/* ---- all together -------------------------------------------------------- */

static void tell(const struct site *site,
                 void (*visit)(void *, const struct lv_exception *),
                 void *context)
{
    struct lv_exception exception = {
        .class_id = (uint32_t)(site->key >> 32),
        .stack = (uint32_t)site->key,
        .verdict = site->cycle_count > 0 ? LV_PROVED : LV_UNNEEDED,
        .suppressed_count = site->suppressed_count,
        .suppressed = site->suppressed,
        .cycle_count = site->cycle_count,
        .cycle = site->cycle,
        .reader = site->reader,
        .reader_lock = site->reader_lock};

    if (site->reader != NULL)
        exception.verdict = LV_REFUTED;
    visit(context, &exception);
}

static void release(struct work *work)
{
    uint32_t s, i;

    for (s = 0; s < work->site_count; s++) {
        for (i = 0; i < work->site[s].cycle_count; i++)
            lv_free((void *)(uintptr_t)work->site[s].cycle[i].step);
        lv_free(work->site[s].cycle);
        lv_free(work->site[s].suppressed);
    }
    lv_free(work->site);
    lv_table_free(&work->index);
    lv_free(work->witness);
    lv_classes_free(work->classes);
    lv_free(work->step);
    lv_free(work->reached);
    lv_table_free(&work->reached_index);
}

bool lv_exceptions(const struct lv_rec_observation *const *seen, size_t count,
                   void (*visit)(void *, const struct lv_exception *),
                   void *context)
{
    struct work work = {.seen = seen, .count = count};
    enum lv_graph_result result = LV_GRAPH_ABSENT;
    uint32_t i;
    size_t s;

    for (s = 0; s < count; s++)
        list_sites(&work, seen[s]);
    if (work.site_count > 0) {
        work.no_memory |= !build_graph(&work);
        if (!work.no_memory)
            result =
                lv_classes_each_cycle(work.classes, EFFORT, visit_cycle, &work);
    }
    work.no_memory |= result == LV_GRAPH_MEMORY;
    for (i = 0; i < work.site_count && !work.no_memory; i++) {
        find_reach(&work, &work.site[i]);
        look_for_reader(&work, &work.site[i]);
    }
    for (i = 0; i < work.site_count; i++)
        tell(&work.site[i], visit, context);
    release(&work);
    return !work.no_memory && result != LV_GRAPH_BUDGET;
}
