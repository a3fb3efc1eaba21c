/* SPDX-License-Identifier: BSD-2-Clause */
/* segment.c: tests of what create and join say of thread segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "segment.h"

static struct lv_segments *s;

static int set_up(void **state)
{
    (void)state;
    s = lv_segments_new();
    return s == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    lv_segments_free(s);
    return 0;
}

/* Symmetric, and the memo answers the same. */
static bool overlap(uint32_t a, uint32_t sa, uint32_t b, uint32_t sb)
{
    bool first = lv_segments_overlap(s, a, sa, b, sb);

    assert_int_equal(lv_segments_overlap(s, b, sb, a, sa), first);
    assert_int_equal(lv_segments_overlap(s, a, sa, b, sb), first);
    return first;
}

static void thread_never_overlaps_itself(void **state)
{
    (void)state;
    assert_false(overlap(1, 0, 1, 5));
    assert_false(overlap(1, 3, 1, 3));
}

static void unknown_threads_overlap(void **state)
{
    (void)state;
    assert_true(overlap(1, 0, 2, 0));
    assert_true(lv_segments_thread(s, 3, 0, 0));
    assert_true(overlap(1, 0, 3, 7));
}

static void creator_is_before_its_child_up_to_the_create(void **state)
{
    (void)state;
    lv_segments_thread(s, 2, 1, 4);
    assert_false(overlap(1, 0, 2, 0));
    assert_false(overlap(1, 4, 2, 9));
    assert_true(overlap(1, 5, 2, 0));
}

static void joined_is_before_its_joiner_from_the_join(void **state)
{
    (void)state;
    lv_segments_thread(s, 2, 1, 0);
    lv_segments_join(s, 1, 2, 2);
    assert_true(overlap(1, 1, 2, 3));
    assert_false(overlap(1, 2, 2, 3));
    assert_false(overlap(1, 9, 2, 0));
}

/* Both met: what came before is before what comes after, either way. */
static void barrier_orders_what_was_before_it_alone(void **state)
{
    (void)state;
    lv_segments_thread(s, 2, 1, 0);
    lv_segments_thread(s, 3, 1, 0);
    lv_segments_meet(s, 2, 5, 3, 4);
    lv_segments_meet(s, 3, 4, 2, 5);
    assert_true(overlap(2, 4, 3, 3));
    assert_false(overlap(2, 5, 3, 3));
    assert_false(overlap(2, 4, 3, 4));
    assert_true(overlap(2, 5, 3, 4));
    assert_false(overlap(2, 0, 3, 9));
}

static void order_goes_on_through_threads(void **state)
{
    (void)state;
    lv_segments_thread(s, 2, 1, 0);
    lv_segments_thread(s, 3, 2, 0);
    lv_segments_join(s, 1, 2, 2);
    lv_segments_thread(s, 4, 1, 2);
    assert_false(overlap(1, 0, 3, 0));
    assert_false(overlap(2, 5, 4, 0)); /* joined, then 4 created */
    assert_true(overlap(3, 0, 4, 0));  /* 3 was never joined */
    lv_segments_join(s, 2, 7, 3);
    assert_false(overlap(3, 0, 4, 0)); /* now it was, by 2 */
}

static void later_knowledge_outdates_the_memo(void **state)
{
    (void)state;
    lv_segments_thread(s, 2, 1, 0);
    assert_true(overlap(1, 3, 2, 0));
    lv_segments_join(s, 1, 3, 2);
    assert_false(overlap(1, 3, 2, 0));
}

static void siblings_overlap(void **state)
{
    (void)state;
    lv_segments_thread(s, 2, 1, 0);
    lv_segments_thread(s, 3, 1, 1);
    assert_true(overlap(2, 0, 3, 0));
}

/* Against a matrix: events in a random but possible order. */
static void segments_agree_with_brute_force(void **state)
{
    enum { THREADS = 6, SEGMENTS = 8, N = THREADS * SEGMENTS };
    /* before[a][b]: the end of node a is before the begin of node b */
    static bool before[N][N];
    uint32_t segment[THREADS + 1], threads, round, step, i, j, k;
    bool joined[THREADS + 1];

    (void)state;
#define AT(t, g) (((t)-1) * SEGMENTS + (g))
    srand(1);
    for (round = 0; round < 300; round++) {
        tear_down(NULL);
        set_up(NULL);
        memset(before, 0, sizeof before);
        memset(segment, 0, sizeof segment);
        memset(joined, 0, sizeof joined);
        threads = 1;
        for (i = 1; i <= THREADS; i++)
            for (j = 0; j + 1 < SEGMENTS; j++)
                before[AT(i, j)][AT(i, j + 1)] = true;
        for (step = 0; step < 24; step++) {
            uint32_t t = 1 + (uint32_t)rand() % threads;
            uint32_t u = 1 + (uint32_t)rand() % threads;

            if (joined[t] || segment[t] == SEGMENTS - 1)
                continue;
            if (rand() % 2 && threads < THREADS) {
                lv_segments_thread(s, ++threads, t, segment[t]);
                before[AT(t, segment[t])][AT(threads, 0)] = true;
                segment[t]++;
            } else if (t != u && !joined[u]) {
                joined[u] = true;
                lv_segments_join(s, t, ++segment[t], u);
                before[AT(u, SEGMENTS - 1)][AT(t, segment[t])] = true;
            }
        }
        for (k = 0; k < N; k++)
            for (i = 0; i < N; i++)
                for (j = 0; j < N; j++)
                    before[i][j] |= before[i][k] && before[k][j];
        for (i = 0; i < N; i++)
            for (j = 0; j < N; j++)
                assert_int_equal(overlap(i / SEGMENTS + 1, i % SEGMENTS,
                                         j / SEGMENTS + 1, j % SEGMENTS),
                                 i / SEGMENTS != j / SEGMENTS &&
                                     !before[i][j] && !before[j][i]);
    }
}

static void ten_thousand_threads_are_quick(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 0; i < 10000; i++) {
        lv_segments_thread(s, i + 2, 1, 2 * i);
        lv_segments_join(s, 1, 2 * i + 2, i + 2);
    }
    for (i = 0; i < 1000; i++)
        assert_false(lv_segments_overlap(s, i + 2, 0, i * 9 % 10000 + 3, 0) &&
                     i * 9 % 10000 + 3 != i + 2);
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RULE(thread_never_overlaps_itself),
        RULE(unknown_threads_overlap),
        RULE(creator_is_before_its_child_up_to_the_create),
        RULE(joined_is_before_its_joiner_from_the_join),
        RULE(barrier_orders_what_was_before_it_alone),
        RULE(order_goes_on_through_threads),
        RULE(later_knowledge_outdates_the_memo),
        RULE(siblings_overlap),
        RULE(segments_agree_with_brute_force),
        RULE(ten_thousand_threads_are_quick),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
