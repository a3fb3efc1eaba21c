/* SPDX-License-Identifier: BSD-2-Clause */
/* edges.c: which lock orders the model tells, seen without the engine.
 *
 * This program exports lockval_ops_v1 itself: a recorder of class orders, far
 * too simple to judge (no modes, no grades), but enough to say whether a
 * report that is wrong is the model's fault or the validator's. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "page_alloc.h"
#include "scenario.h"
#include "spinlock.h"

/* ---- the recorder -------------------------------------------------------- */

#define MAX_LOCKS 4096
#define MAX_HELD 32
#define MAX_NODES 32
#define NAME_SIZE 32

struct known_lock {
    const void *address;
    const struct lockval_class *cls;
};

struct hold {
    const void *lock;
    unsigned node;
    bool raw;
};

static arch_spinlock_t guard; /* of all that is not thread-local */
static struct known_lock known[MAX_LOCKS];
static size_t known_count;
static char node_name[MAX_NODES][NAME_SIZE]; /* class, "/n" for subclass n */
static unsigned node_count;
static bool edge[MAX_NODES][MAX_NODES];
static bool waits_under[MAX_NODES]; /* a waiting reader held this */
static bool looks_under[MAX_NODES]; /* a single-shot reader did */
static unsigned fallbacks_holding, unheld_releases, freed_while_held;

static _Thread_local struct hold held[MAX_HELD];
static _Thread_local size_t held_count;
static _Thread_local const void *next_outer;

static unsigned node_of(const char *name, unsigned subclass)
{
    char full[NAME_SIZE];
    unsigned node = 0;

    if (subclass != 0)
        snprintf(full, sizeof(full), "%s/%u", name, subclass);
    else
        snprintf(full, sizeof(full), "%s", name);
    while (node < node_count && strcmp(node_name[node], full) != 0)
        node++;
    if (node == node_count && node_count < MAX_NODES)
        strcpy(node_name[node_count++], full);
    return node;
}

static const char *name_of(const void *lock)
{
    for (size_t i = known_count; i > 0; i--)
        if (known[i - 1].address == lock)
            return known[i - 1].cls->name;
    return "unknown";
}

static void know(const void *lock, const struct lockval_class *cls)
{
    size_t i = 0;

    arch_spin_lock(&guard);
    while (i < known_count && known[i].address != lock)
        i++;
    if (i < MAX_LOCKS) {
        known[i] = (struct known_lock){lock, cls};
        known_count = i == known_count ? i + 1 : known_count;
    }
    arch_spin_unlock(&guard);
}

static void take(const void *lock, const char *name, uint32_t how, bool raw)
{
    unsigned node;

    arch_spin_lock(&guard);
    node = node_of(name, how >> 16);
    for (size_t i = 0; i < held_count; i++) {
        bool nested = next_outer != NULL && held[i].node == node;

        if (!(how & LOCKVAL_TRY) && !raw && !held[i].raw && !nested)
            edge[held[i].node][node] = true;
    }
    arch_spin_unlock(&guard);
    next_outer = NULL;
    if (held_count < MAX_HELD)
        held[held_count++] = (struct hold){lock, node, raw};
}

static void acquire(const void *lock, uint32_t how, const void *outer)
{
    if (outer != NULL)
        next_outer = outer;
    take(lock, name_of(lock), how, false);
}

static void release(const void *lock)
{
    size_t i = held_count;

    while (i > 0 && held[i - 1].lock != lock)
        i--;
    if (i == 0) {
        unheld_releases++;
        return;
    }
    memmove(&held[i - 1], &held[i], (held_count - i) * sizeof(*held));
    held_count--;
}

static void write_begin(const void *seq, uint32_t how)
{
    take(seq, name_of(seq), how, false);
}

static void raw_write_begin(const void *seq)
{
    take(seq, name_of(seq), 0, true);
}

static void pseudo_enter(const struct lockval_class *cls, uint32_t how)
{
    take(cls, cls->name, how, false);
}

static void pseudo_exit(const struct lockval_class *cls)
{
    release(cls);
}

static void read_wait(const void *seq)
{
    arch_spin_lock(&guard);
    for (size_t i = 0; i < held_count; i++) {
        waits_under[held[i].node] = true;
        edge[held[i].node][node_of(name_of(seq), 0)] = true;
    }
    arch_spin_unlock(&guard);
}

static void read_once(const void *seq)
{
    (void)seq;
    for (size_t i = 0; i < held_count; i++)
        looks_under[held[i].node] = true;
}

static void read_fallback(const void *seq)
{
    (void)seq;
    fallbacks_holding += held_count != 0;
}

static void memory_freed(const void *start, size_t size)
{
    for (size_t i = 0; i < held_count; i++)
        if ((uintptr_t)held[i].lock - (uintptr_t)start < size)
            freed_while_held++;
}

static void nest_next(const void *outer)
{
    next_outer = outer;
}

static void ignore(const void *lock)
{
    (void)lock;
}

static void ignore_number(uint32_t number)
{
    (void)number;
}

static int is_held(const void *lock)
{
    for (size_t i = 0; i < held_count; i++)
        if (held[i].lock == lock)
            return 1;
    return 0;
}

extern const struct lockval_ops lockval_ops_v1;
__attribute__((visibility("default")))
const struct lockval_ops lockval_ops_v1 = {
    .size = sizeof(struct lockval_ops),
    .lock_init = know,
    .lock_destroy = ignore,
    .acquire = acquire,
    .release = release,
    .downgrade = ignore,
    .set_class = know,
    .next_subclass = ignore_number,
    .next_nest_under = nest_next,
    .pseudo_enter = pseudo_enter,
    .pseudo_exit = pseudo_exit,
    .memory_freed = memory_freed,
    .seq_init = know,
    .seq_write_begin = write_begin,
    .seq_write_end = release,
    .seq_raw_write_begin = raw_write_begin,
    .seq_raw_write_end = release,
    .seq_read_wait = read_wait,
    .seq_read_once = read_once,
    .seq_read_fallback = read_fallback,
    .is_held = is_held,
};

/* ---- what was recorded --------------------------------------------------- */

static bool has_edge(const char *from, const char *to)
{
    return edge[node_of(from, 0)][node_of(to, 0)];
}

/* The elementary cycles, each "A>B>C " from its lowest node on, in `found`. */
static char found[1024];

static void extend(unsigned *path, size_t length)
{
    for (unsigned to = path[0]; to < node_count; to++) {
        bool seen = false;

        if (!edge[path[length - 1]][to])
            continue;
        for (size_t i = 1; i < length; i++)
            seen = seen || path[i] == to;
        if (to == path[0]) {
            for (size_t i = 0; i < length; i++) {
                strcat(found, i > 0 ? ">" : "");
                strcat(found, node_name[path[i]]);
            }
            strcat(found, " ");
        } else if (!seen) {
            path[length] = to;
            extend(path, length + 1);
        }
    }
}

static const char *cycles(void)
{
    unsigned path[MAX_NODES];

    found[0] = '\0';
    for (unsigned node = 0; node < node_count; node++) {
        path[0] = node;
        extend(path, 1);
    }
    return found;
}

/* Nodes are numbered in a fixed order, so that cycles read the same. */
static void run(const char *name)
{
    static const char *const order[] = {"i_mmap_rwsem", "vm_sequence",
                                        "fs_reclaim"};
    const struct scenario *scenario = scenario_find(name);

    memset(edge, 0, sizeof(edge));
    memset(waits_under, 0, sizeof(waits_under));
    memset(looks_under, 0, sizeof(looks_under));
    fallbacks_holding = unheld_releases = freed_while_held = 0;
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
        node_of(order[i], 0);
    variant = scenario->variant;
    assert_true(scenario->run());
    assert_int_equal(held_count, 0);
    assert_int_equal(unheld_releases, 0);
    assert_int_equal(freed_while_held, 0);
    for (unsigned node = 0; node < node_count; node++)
        assert_string_not_equal(node_name[node], "unknown");
}

#define C1 "i_mmap_rwsem>vm_sequence "
#define C2 "i_mmap_rwsem>vm_sequence>fs_reclaim "

static void annotated_closes_exactly_c1_and_c2(void **state)
{
    (void)state;
    run("s1.annotated");
    assert_string_equal(cycles(), C1 C2);
}

static void the_four_paths_show_the_edges_of_s1(void **state)
{
    (void)state;
    run("s1.annotated");
    assert_true(has_edge("mmap_lock", "vm_sequence"));
    assert_true(has_edge("vm_sequence", "i_mmap_rwsem"));
    assert_true(has_edge("i_mmap_rwsem", "anon_vma"));
    assert_true(has_edge("vm_sequence", "fs_reclaim"));
    assert_true(has_edge("vm_sequence", "vm_sequence/1"));
    assert_true(has_edge("fs_reclaim", "i_mmap_rwsem"));
    assert_true(has_edge("i_mmap_rwsem", "vm_sequence"));
    assert_true(has_edge("vm_sequence", "ptl"));
}

/* What would make a third cycle. */
static void nothing_else_leads_back(void **state)
{
    (void)state;
    run("s1.annotated");
    for (unsigned node = 0; node < node_count; node++)
        assert_false(edge[node][node_of("mmap_lock", 0)]);
    assert_false(has_edge("vm_sequence", "vm_sequence"));
    assert_false(has_edge("vm_sequence/1", "fs_reclaim"));
    assert_false(has_edge("vm_sequence/1", "i_mmap_rwsem"));
    assert_false(has_edge("anon_vma", "fs_reclaim"));
    assert_false(has_edge("i_mmap_rwsem", "fs_reclaim"));
    assert_false(has_edge("fs_reclaim", "folio_lock"));
    assert_false(has_edge("ptl", "fs_reclaim"));
}

static void raw_adjust_leaves_c2(void **state)
{
    (void)state;
    run("s1.raw-adjust");
    assert_string_equal(cycles(), C2);
}

static void raw_both_closes_nothing_and_no_reader_waits(void **state)
{
    (void)state;
    run("s1.raw-both");
    assert_string_equal(cycles(), "");
    assert_int_equal(fallbacks_holding, 0);
    assert_true(looks_under[node_of("i_mmap_rwsem", 0)]);
    assert_true(looks_under[node_of("fs_reclaim", 0)]);
    for (unsigned node = 0; node < node_count; node++)
        assert_false(waits_under[node]);
}

static void x1_waits_under_i_mmap_alone(void **state)
{
    (void)state;
    run("s1.x1");
    assert_string_equal(cycles(), "");
    assert_true(waits_under[node_of("i_mmap_rwsem", 0)]);
    assert_false(waits_under[node_of("fs_reclaim", 0)]);
}

static void x2_waits_under_fs_reclaim_alone(void **state)
{
    (void)state;
    run("s1.x2");
    assert_string_equal(cycles(), "");
    assert_true(waits_under[node_of("fs_reclaim", 0)]);
    assert_false(waits_under[node_of("i_mmap_rwsem", 0)]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(annotated_closes_exactly_c1_and_c2),
        cmocka_unit_test(the_four_paths_show_the_edges_of_s1),
        cmocka_unit_test(nothing_else_leads_back),
        cmocka_unit_test(raw_adjust_leaves_c2),
        cmocka_unit_test(raw_both_closes_nothing_and_no_reader_waits),
        cmocka_unit_test(x1_waits_under_i_mmap_alone),
        cmocka_unit_test(x2_waits_under_fs_reclaim_alone),
    };

    pool_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
