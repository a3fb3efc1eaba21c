/* SPDX-License-Identifier: BSD-2-Clause */
/* order_memory.c: every allocation of graph, order, segment and exception may
 * fail: what was learned stays, the rest is told, nothing breaks. Stands in for
 * memory_libc.c: an allocation that is due fails once, or from then on.
 * Includes see.h, graph.h, exception.h, memory.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exception.h"
#include "graph.h"
#include "memory.h"
#include "see.h"

static unsigned long due; /* allocations until one fails; 0: none does */
static bool for_good;
static unsigned long failures;

static bool fails(void)
{
    if (due == 0 || --due > 0)
        return false;
    failures++;
    due = for_good;
    return true;
}

void *lv_calloc(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count, size);
}

void *lv_realloc(void *old, size_t count, size_t size)
{
    return fails() ? NULL : realloc(old, count * size);
}

void lv_free(void *memory)
{
    free(memory);
}

void lv_populate(void *part, size_t size)
{
    (void)part;
    (void)size;
}

/* ---- graph --------------------------------------------------------------- */

static void insert_all(struct lv_graph *graph)
{
    uint32_t i;

    srand(3);
    for (i = 0; i < 200; i++) {
        uint32_t from = (uint32_t)rand() % 40, to = (uint32_t)rand() % 40;

        lv_graph_insert(graph, from, to, 1);
        if (i % 20 == 19)
            lv_graph_remove(graph, (uint32_t)rand() % 40, NULL, NULL);
        assert_true(lv_graph_is_sound(graph));
    }
}

static void graph_stays_sound(void **state)
{
    struct lv_graph *graph;
    unsigned long n, before;

    (void)state;
    for (for_good = false;; for_good = true) {
        for (n = 1;; n++) {
            before = failures;
            due = n;
            graph = lv_graph_new();
            if (graph != NULL)
                insert_all(graph);
            due = 0;
            lv_graph_free(graph);
            if (failures == before)
                break;
        }
        if (for_good)
            return;
    }
}

/* ---- order, segments, cycles, exceptions --------------------------------- */

static const struct {
    uint32_t thread;
    const char *text;
} s1[] = {
    {1, "s:x'1 <- m1"}, {1, "f:p <- m1 s:x'1"}, {1, "i <- m1 s:x'1"},
    {2, "s1 <- m2"},    {2, "f:p <- m2 s1"},    {3, "i <- f:p"},
    {4, "s <- i"},      {4, "s1 <- i"},         {4, "p <- i s"},
    {5, "a2 <- g a1"},  {6, "a1 <- g a2"},      {5, "b <- a1"},
    {6, "a1 <- b"},     {7, "a3 <- b2"},        {8, "b3 <- a4"},
    {9, "s:s <- i"},
};

static unsigned cycles;

static void count_cycle(void *context, const struct lv_cycle *cycle)
{
    (void)context;
    assert_true(cycle->count > 1);
    cycles++;
}

static void count_exception(void *context, const struct lv_exception *e)
{
    (void)context;
    (void)e;
}

static enum lv_class_trust trust(void *context, uint32_t class_id)
{
    (void)context;
    return class_id % 2 ? LV_TRUST_DECLARED : LV_TRUST_INFERRED;
}

static bool observe_all(struct lv_order *order)
{
    bool complete = true;
    size_t i;

    for (i = 0; i < seen_count; i++)
        complete &= lv_order_observe(order, all_seen[i], count_cycle, NULL);
    return complete;
}

/* Everything once; true if nothing was said to be lost. */
static bool run_all(void)
{
    struct lv_segments *segments = lv_segments_new();
    struct lv_order *order = lv_order_new(segments);
    bool complete = segments != NULL && order != NULL;
    uint32_t t;

    for (t = 2; t < 10 && segments != NULL; t++) {
        complete &= lv_segments_thread(segments, t, 1, t);
        complete &= lv_segments_join(segments, 1, 20 + t, t);
    }
    if (complete || (segments != NULL && order != NULL)) {
        complete &= observe_all(order);
        cycles = 0;
        complete &= lv_order_cycles(order, trust, 100, count_cycle, NULL);
        complete &= lv_exceptions(all_seen, seen_count, count_exception, NULL);
        lv_order_forget(order, instance_of(1, 1));
        due = 0; /* what failed before is made up for */
        observe_all(order);
        assert_true(observe_all(order));
        cycles = 0;
        assert_true(lv_order_cycles(order, trust, 100, count_cycle, NULL));
        assert_int_equal(cycles, 3);
    }
    lv_order_free(order);
    lv_segments_free(segments);
    return complete;
}

static void loss_is_told_and_made_up_for(void **state)
{
    unsigned long n, before;
    bool complete;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof s1 / sizeof s1[0]; i++)
        make_seen(s1[i].thread, 0, s1[i].text);
    assert_true(run_all());
    for (for_good = false;; for_good = true) {
        for (n = 1;; n++) {
            before = failures;
            due = n;
            complete = run_all();
            assert_int_equal(complete, failures == before);
            due = 0;
            if (failures == before)
                break;
        }
        if (for_good)
            break;
    }
    print_message("%lu failures survived\n", failures);
    forget_seen();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph_stays_sound),
        cmocka_unit_test(loss_is_told_and_made_up_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
