/* SPDX-License-Identifier: BSD-2-Clause */
/* order.c: tests of dependencies, cycles and grades; each twin beside it.
 * Includes see.h, which explains the notation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "see.h"

static struct lv_segments *segments;
static struct lv_order *order;
static char told[8192]; /* what `closed` and `found` said, a line each */
static enum lv_class_trust trusted;

static const char *const grade_name[] = {
    "deadlock", "inversion", "class",        "class-inferred",
    "guarded",  "ordered",   "single-thread"};

static int set_up(void **state)
{
    (void)state;
    segments = lv_segments_new();
    order = lv_order_new(segments);
    told[0] = '\0';
    trusted = LV_TRUST_INFERRED;
    return segments == NULL || order == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    lv_order_free(order);
    lv_segments_free(segments);
    forget_seen();
    return 0;
}

static uint32_t by_class(const struct lv_step *step)
{
    return step->from_class;
}

/* "inversion a b\n", from the first class in the alphabet on. */
static void note(void *context, const struct lv_cycle *cycle)
{
    uint32_t first = 0, i;
    size_t end = strlen(told);

    (void)context;
    if (end > sizeof told - 256)
        return;
    for (i = 1; i < cycle->count; i++)
        if (by_class(&cycle->step[i]) < by_class(&cycle->step[first]))
            first = i;
    end += (size_t)snprintf(told + end, sizeof told - end, "%s",
                            grade_name[cycle->grade]);
    for (i = 0; i < cycle->count && end < sizeof told - 16; i++) {
        const struct lv_step *step = &cycle->step[(first + i) % cycle->count];

        assert_int_equal(step->seen->hold[step->hold].instance, step->from);
        assert_int_equal(step->seen->wanted.instance, step->to);
        end += (size_t)snprintf(told + end, sizeof told - end, " %c",
                                (int)(step->from_class - 1 + 'a'));
    }
    snprintf(told + end, sizeof told - end, "\n");
}

static void see_in(uint32_t thread, uint32_t segment, const char *text)
{
    assert_true(
        lv_order_observe(order, make_seen(thread, segment, text), note, NULL));
}

static void see(uint32_t thread, const char *text)
{
    see_in(thread, 0, text);
}

/* What was told since the last check. */
static void expect_told(const char *text)
{
    assert_string_equal(told, text);
    told[0] = '\0';
}

static enum lv_class_trust trust(void *context, uint32_t class_id)
{
    (void)context;
    (void)class_id;
    return trusted;
}

static bool list(size_t limit)
{
    told[0] = '\0';
    return lv_order_cycles(order, trust, limit, note, NULL);
}

static void expect_listed(const char *text)
{
    assert_true(list(1000));
    expect_told(text);
}

/* ---- kinds --------------------------------------------------------------- */

static void abba_in_two_threads_is_an_inversion(void **state)
{
    (void)state;
    see(1, "b <- a");
    expect_told("");
    see(2, "a <- b");
    expect_told("inversion a b\n");
    expect_listed("inversion a b\n");
}

static void same_order_in_two_threads_is_silent(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(2, "b <- a");
    see(2, "c <- a b");
    expect_told("");
    expect_listed("");
}

static void three_threads_close_a_ring(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(2, "c <- b");
    expect_told("");
    see(3, "a <- c");
    expect_told("inversion a b c\n");
    expect_listed("inversion a b c\n");
}

static void recursive_readers_alone_are_silent(void **state)
{
    (void)state;
    see(1, "b:R <- a:R");
    see(2, "a:R <- b:R");
    expect_told("");
    expect_listed("");
}

static void readers_that_wait_for_writers_close_a_cycle(void **state)
{
    (void)state;
    see(1, "b:r <- a:r");
    see(2, "a:r <- b:r");
    expect_told("inversion a b\n");
    expect_listed("inversion a b\n");
}

static void recursive_reader_waits_for_a_writer(void **state)
{
    (void)state;
    see(1, "b:R <- a:R");
    see(2, "a <- b:R"); /* b is held for reading: 1 does not wait */
    expect_told("");
    see(2, "a:R <- b");
    expect_told(""); /* nor does 2, for a */
    see(2, "a <- b");
    expect_told("inversion a b\n");
}

/* ---- what is no dependency ----------------------------------------------- */

static void trylock_adds_no_edge(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(2, "a:t <- b");
    expect_told("");
    assert_int_equal(lv_order_dependencies(order), 1);
}

static void lock_taken_by_try_is_held_all_the_same(void **state)
{
    (void)state;
    see(1, "b <- a:t");
    see(2, "a <- b");
    expect_told("inversion a b\n");
}

static void raw_write_adds_no_edge(void **state)
{
    (void)state;
    see(1, "s:x <- a");
    see(1, "b <- s:x");
    assert_int_equal(lv_order_dependencies(order), 0);
    see(1, "b <- a s:x");
    assert_int_equal(lv_order_dependencies(order), 1);
}

static void readers_that_do_not_wait_add_no_edge(void **state)
{
    (void)state;
    see(1, "s:o <- a");
    see(1, "s:f <- a");
    assert_int_equal(lv_order_dependencies(order), 0);
    see(1, "s:s <- a");
    assert_int_equal(lv_order_dependencies(order), 1);
}

static void nesting_under_another_lock_orders_no_same_class(void **state)
{
    (void)state;
    see(1, "a2:n <- g a1");
    see(2, "a1:n <- g a2");
    expect_told("");
    assert_int_equal(lv_order_dependencies(order), 2); /* g -> a1, a2 */
}

static void reentry_is_no_order(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(1, "a <- a b"); /* recursive mutex */
    expect_told("");
    assert_int_equal(lv_order_dependencies(order), 1);
    see(1, "c <- a b a:a");
    assert_int_equal(lv_order_dependencies(order), 3);
    expect_listed("");
}

static void dead_lock_takes_its_order_along(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(1, "c <- a b");
    lv_order_forget(order, instance_of(2, 0));
    lv_order_forget(order, 77);
    assert_int_equal(lv_order_dependencies(order), 1);
    see(2, "a <- b");
    expect_told("");
}

/* ---- grades -------------------------------------------------------------- */

static void one_thread_alone_is_single_thread(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(1, "a <- b");
    expect_told("single-thread a b\n");
    see(2, "b <- a"); /* better evidence */
    expect_told("inversion a b\n");
    see(3, "b <- a"); /* nothing new to tell */
    expect_told("");
    expect_listed("inversion a b\n");
}

static void common_gate_guards(void **state)
{
    (void)state;
    see(1, "b <- g a");
    see(2, "a <- g b");
    expect_told("guarded a b\n");
    expect_listed("guarded a b\n");
}

static void different_gates_do_not_guard(void **state)
{
    (void)state;
    see(1, "b <- g1 a");
    see(2, "a <- g2 b");
    expect_told("inversion a b\n");
}

static void gate_held_by_readers_does_not_guard(void **state)
{
    (void)state;
    see(1, "b <- g:r a");
    see(2, "a <- g:r b");
    expect_told("inversion a b\n");
}

static void gate_held_by_one_writer_guards(void **state)
{
    (void)state;
    see(1, "b <- g:r a");
    see(2, "a <- g b");
    expect_told("guarded a b\n");
}

static void context_is_no_gate(void **state)
{
    (void)state;
    see(1, "b <- r:p a");
    see(2, "a <- r:p b");
    expect_told("inversion a b\n");
}

static void handler_interrupts_its_own_thread(void **state)
{
    (void)state;
    see(1, "c:c <- a");
    see(1, "a <- c:c");
    expect_told("inversion a c\n");
    expect_listed("inversion a c\n");
}

static void handler_that_reads_what_readers_hold_is_fine(void **state)
{
    (void)state;
    see(1, "c:c <- a:r");
    see(1, "a:R <- c:c");
    expect_told("");
    see(1, "a:r <- c:c"); /* this one blocks behind a writer */
    expect_told("inversion a c\n");
}

static void handler_against_a_chain_needs_two_threads(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(1, "c:c <- b");
    see(1, "a <- c:c");
    expect_told("single-thread a b c\n");
    see(2, "c:c <- b");
    expect_told("inversion a b c\n");
}

static void gate_keeps_a_handler_out(void **state)
{
    (void)state;
    see(1, "c:c <- g a");
    see(1, "a <- c:c g");
    expect_told("guarded a c\n");
}

static void sequence_write_is_no_gate(void **state)
{
    (void)state;
    see(1, "b <- s:W a");
    see(2, "a <- s:W b");
    expect_told("inversion a b\n");
}

static void evidence_without_the_gate_upgrades(void **state)
{
    (void)state;
    see(1, "b <- g a");
    see(2, "a <- g b");
    expect_told("guarded a b\n");
    see(1, "b <- a");
    expect_told("inversion a b\n");
    expect_listed("inversion a b\n");
}

static void join_orders_threads(void **state)
{
    (void)state;
    lv_segments_thread(segments, 2, 1, 0);
    lv_segments_join(segments, 1, 2, 2);
    see_in(2, 0, "b <- a");
    see_in(1, 2, "a <- b"); /* after the join */
    expect_told("ordered a b\n");
    expect_listed("ordered a b\n");
    see_in(1, 1, "a <- b"); /* before it */
    expect_told("inversion a b\n");
    expect_listed("inversion a b\n");
}

static void create_orders_threads(void **state)
{
    (void)state;
    lv_segments_thread(segments, 2, 1, 0);
    see_in(1, 0, "b <- a");
    see_in(2, 0, "a <- b");
    expect_told("ordered a b\n");
}

static void three_steps_need_three_threads(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(1, "c <- b");
    see(2, "a <- c");
    expect_told("single-thread a b c\n");
    see(3, "c <- b");
    expect_told("inversion a b c\n");
}

static void kinds_and_gates_come_from_one_observation(void **state)
{
    (void)state;
    see(1, "b:r <- a");   /* EN: waits */
    see(2, "a <- g b:R"); /* S tail */
    expect_told("inversion a b\n");
    see(3, "d:R <- g c"); /* ER under the gate */
    see(3, "d <- g c");   /* EN under the gate */
    see(3, "d:R <- c");   /* ER without */
    see(4, "c <- g d:R"); /* strong with EN alone */
    expect_told("guarded c d\n");
}

/* Evidence beyond what is kept gives way to newer, never to silence. */
static void many_threads_stay_bounded(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 1; i < 1000; i++)
        see(i, "b <- a");
    see(1000, "a <- b");
    expect_told("inversion a b\n");
}

/* Two pairs of one key: the guarded one neither hides nor betters the other. */
static void worst_of_several_instances_counts(void **state)
{
    (void)state;
    see(1, "b1 <- g1 a1");
    see(2, "a1 <- g1 b1");
    see(3, "b2 <- a2");
    see(4, "a2 <- b2");
    see(5, "b3 <- g3 a3");
    see(6, "a3 <- g3 b3");
    expect_told("guarded a b\ninversion a b\nguarded a b\n");
    expect_listed("inversion a b\n");
}

static void found_again_once_only(void **state)
{
    (void)state;
    see(1, "b <- a");
    see(2, "a <- b");
    expect_told("inversion a b\n");
    see(3, "a <- b");
    see(3, "a <- c b");
    expect_told("");
}

/* The shortest cycle is guarded, a longer one is not. */
static void longer_inversion_hides_behind_no_guarded_one(void **state)
{
    (void)state;
    see(1, "b <- g a");
    see(2, "c <- b");
    see(3, "a <- c");
    expect_told("inversion a b c\n");
    see(4, "a <- g b");
    expect_told("guarded a b\n");
    expect_listed("guarded a b\ninversion a b c\n");
}

/* ---- instances and classes ----------------------------------------------- */

static void instances_of_a_class_close_a_ring(void **state)
{
    char text[64];
    int i;

    (void)state;
    for (i = 1; i <= 8; i++) {
        snprintf(text, sizeof text, "a%d <- a%d", i % 8 + 1, i);
        see((uint32_t)i, text);
    }
    expect_told("inversion a a a a a a a a\n");
    expect_listed("inversion a a a a a a a a\n");
}

static void hand_over_hand_is_silent(void **state)
{
    (void)state;
    see(1, "a2 <- a1");
    see(2, "a3 <- a2");
    see(1, "a4 <- a3");
    see(3, "a9 <- a1 a4"); /* a tree, no address order */
    see(3, "a7 <- a9");
    expect_listed("");
}

static void classes_of_different_instances_close_a_cycle(void **state)
{
    (void)state;
    see(1, "b1 <- a1");
    see(2, "a2 <- b2");
    expect_told("");
    expect_listed("class-inferred a b\n");
    trusted = LV_TRUST_DECLARED;
    expect_listed("class a b\n");
}

static void classes_need_threads_too(void **state)
{
    (void)state;
    see(1, "b1 <- a1");
    see(1, "a2 <- b2");
    expect_listed("single-thread a b\n");
    see(2, "a2 <- g b2");
    see(3, "b1 <- g a1");
    expect_listed("class-inferred a b\n"); /* 1 with 2 */
}

static void gate_guards_classes(void **state)
{
    (void)state;
    see(1, "b1 <- g a1");
    see(2, "a2 <- g b2");
    expect_listed("guarded a b\n");
}

static void instances_come_before_classes(void **state)
{
    (void)state;
    see(1, "b1 <- a1");
    see(2, "a2 <- b2");
    see(1, "d <- c");
    see(2, "e <- d");
    see(3, "c <- e");
    expect_listed("inversion c d e\nclass-inferred a b\n");
}

static void worst_grade_of_a_class_cycle_counts(void **state)
{
    (void)state;
    see(1, "b1 <- g a1");
    see(2, "a1 <- g b1");
    expect_told("guarded a b\n");
    see(3, "b2 <- a2");
    see(4, "a3 <- b3");
    expect_listed("class-inferred a b\n");
    see(5, "a2 <- b2");
    expect_listed("inversion a b\n");
}

static void tree_of_two_classes_is_silent(void **state)
{
    (void)state;
    see(1, "b1 <- a1");
    see(1, "a2 <- a1 b1");
    see(1, "b2 <- a1 b1 a2");
    see(2, "b1 <- a1");
    see(2, "a2 <- a1 b1");
    see(2, "b2 <- a1 b1 a2");
    expect_listed("");
}

static void cycle_that_repeats_classes_counts_for_the_shorter(void **state)
{
    (void)state;
    see(1, "b1 <- a1");
    see(2, "a2 <- b1");
    see(3, "b2 <- a2");
    expect_told("");
    see(4, "a1 <- b2");
    expect_told("inversion a b a b\n");
    expect_listed("inversion a b a b\n");
}

static void steps_within_a_class_fold(void **state)
{
    (void)state;
    see(1, "a2 <- a1");
    see(2, "b <- a2");
    see(3, "a1 <- b");
    expect_told("inversion a a b\n");
    expect_listed("inversion a a b\n");
}

/* ---- minimal cycles ------------------------------------------------------ */

static void nest(uint32_t thread, int from, int to, int by, bool classes)
{
    static char text[8192];
    size_t end;
    int i, j;

    for (i = from + by; i != to + by; i += by) {
        struct lv_rec_observation *seen;

        end = (size_t)snprintf(text, sizeof text, "a <-");
        for (j = from; j != i; j += by)
            end += (size_t)snprintf(text + end, sizeof text - end, " a%d", j);
        seen =
            (struct lv_rec_observation *)(uintptr_t)make_seen(thread, 0, text);
        seen->wanted.instance = (uint32_t)i;
        seen->wanted.class_id = classes ? (uint32_t)i : 1;
        for (j = from; j != i; j += by) {
            seen->hold[(j - from) * by].instance = (uint32_t)j;
            seen->hold[(j - from) * by].class_id = classes ? (uint32_t)j : 1;
        }
        assert_true(lv_order_observe(order, seen, note, NULL));
    }
}

static size_t lines(void)
{
    size_t n = 0;
    const char *at;

    for (at = told; *at != '\0'; at++)
        n += *at == '\n';
    return n;
}

static void forty_locks_and_one_back_edge_are_one_cycle(void **state)
{
    (void)state;
    nest(1, 1, 40, 1, true);
    expect_told("");
    nest(2, 40, 1, -39, true);
    assert_int_equal(lines(), 1);
    assert_int_equal(strncmp(told, "inversion", 9), 0);
    assert_true(list(1000));
    assert_int_equal(lines(), 1);
}

static void forty_locks_back_edge_first_are_one_cycle(void **state)
{
    (void)state;
    nest(2, 40, 1, -39, true);
    nest(1, 1, 40, 1, true);
    assert_int_equal(lines(), 1);
    assert_true(list(1000));
    assert_int_equal(lines(), 1);
}

static void forty_locks_of_a_class_are_one_cycle(void **state)
{
    (void)state;
    nest(1, 1, 40, 1, false);
    nest(2, 40, 1, -39, false);
    assert_true(list(1000));
    expect_told("inversion a a\n");
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* others build */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t counted;

static void count_cycle(void *context, const struct lv_cycle *cycle)
{
    (void)context;
    assert_int_equal(cycle->count, 2);
    counted++;
}

static void two_hundred_held_are_quick(void **state)
{
    double start = seconds();

    (void)state;
    nest(1, 1, 200, 1, true);
    assert_int_equal(lv_order_dependencies(order), 199 * 200 / 2);
    expect_told("");
    expect_listed("");
    assert_true(seconds() - start < 2);
    start = seconds();
    nest(2, 200, 1, -1, true);
    counted = 0;
    assert_true(lv_order_cycles(order, trust, 100000, count_cycle, NULL));
    assert_int_equal(counted, 199 * 200 / 2);
    print_message("200 locks both ways: %.2f s\n", seconds() - start);
    assert_true(seconds() - start < 20);
}

static void limit_is_told(void **state)
{
    (void)state;
    nest(1, 1, 20, 1, true);
    nest(2, 20, 1, -1, true);
    assert_false(list(5));
    assert_int_equal(lines(), 5);
}

/* ---- the ladder of S1 ---------------------------------------------------- */

/* m mmap_lock, s vm_sequence, i i_mmap_rwsem, n anon_vma, f fs_reclaim, p PTL.
 * `raw`: bit 0 in __vma_adjust (thread 1), bit 1 in move_vma (thread 2). */
static void see_s1(int raw, const int *turns, int count)
{
    const char *const text[][2] = {
        {"s <- m1", "s:x'1 <- m1"},     {"f:p <- m1 s", "f:p <- m1 s:x'1"},
        {"i <- m1 s", "i <- m1 s:x'1"}, {"n <- m1 s i", "n <- m1 s:x'1 i"},
        {"s1 <- m2", "s1:x'2 <- m2"},   {"f:p <- m2 s1", "f:p <- m2 s1:x'2"},
        {"i <- f:p", "i <- f:p"},       {"s <- i", "s <- i"},
        {"s1 <- i", "s1 <- i"},         {"p <- i s", "p <- i s"},
    };
    const uint32_t thread[] = {1, 1, 1, 1, 2, 2, 3, 4, 4, 4};
    int t, n;

    for (t = 0; t < count; t++) {
        n = turns[t];
        see(thread[n], text[n][n < 4 ? raw & 1 : n < 6 ? raw >> 1 & 1 : 0]);
    }
    told[0] = '\0';
}

static const int in_turn[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const int back_to_front[] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
static const int mixed[] = {7, 2, 0, 5, 9, 3, 6, 1, 8, 4};

static void s1_annotated_has_two_cycles(void **state)
{
    const int *const turns[] = {in_turn, back_to_front, mixed};
    int i;

    for (i = 0; i < 3; i++) {
        see_s1(0, turns[i], 10);
        expect_listed("inversion i s\ninversion f i s\n");
        tear_down(state);
        set_up(state);
    }
}

static void s1_raw_adjust_leaves_the_reclaim_cycle(void **state)
{
    const int *const turns[] = {in_turn, back_to_front, mixed};
    int i;

    for (i = 0; i < 3; i++) {
        see_s1(1, turns[i], 10);
        expect_listed("inversion f i s\n");
        tear_down(state);
        set_up(state);
    }
}

static void s1_raw_both_is_silent(void **state)
{
    (void)state;
    see_s1(3, in_turn, 10);
    expect_listed("");
}

/* The same where no two paths meet in an instance of a sequence count. */
/* ---- within a class ------------------------------------------------------ */

static uint64_t own_number(void *unused, uint32_t instance)
{
    (void)unused;
    return instance;
}

/* Classes c and d are one kind. */
static uint32_t c_is_d(void *unused, uint32_t class_id)
{
    (void)unused;
    return class_id == 4 ? 3 : class_id;
}

static uint64_t c_is_kin_of_d(void *unused, uint32_t class_id)
{
    return c_is_d(unused, class_id);
}

static void know_addresses(void)
{
    const struct lv_nesting nesting = {own_number, c_is_kin_of_d, c_is_d, NULL};

    lv_order_set_nesting(order, &nesting);
}

static void pairs_up_and_down_have_no_order(void **state)
{
    (void)state;
    know_addresses();
    see(1, "a2 <- a1");
    see(2, "a3 <- a4");
    expect_listed("class-inferred a a\n");
    trusted = LV_TRUST_DECLARED;
    expect_listed("class a a\n");
}

static void pairs_of_kin_have_no_order_either(void **state)
{
    (void)state;
    know_addresses();
    see(1, "d2 <- c1");
    see(2, "c3 <- d4");
    expect_listed("class-inferred c d\n");
}

static void address_order_is_silent(void **state)
{
    (void)state;
    know_addresses();
    see(1, "a2 <- a1");
    see(2, "a4 <- a3");
    see(2, "a5 <- a3 a4");
    expect_listed("");
}

static void lists_and_trees_are_silent(void **state)
{
    (void)state;
    know_addresses();
    see(1, "a5 <- a1");
    see(1, "a2 <- a5");
    see(2, "a8 <- a9");
    see(2, "a7 <- a9");
    expect_listed("");
}

static void gated_pairs_are_silent(void **state)
{
    (void)state;
    know_addresses();
    see(1, "a2 <- b a1");
    see(2, "a3 <- b a4");
    expect_listed("");
}

static void pairs_of_one_thread_are_silent(void **state)
{
    (void)state;
    know_addresses();
    see(1, "a2 <- a1");
    see(1, "a3 <- a4");
    expect_listed("");
}

static void alike_classes_close_a_cycle(void **state)
{
    (void)state;
    know_addresses();
    see(1, "c1 <- a1");
    see(2, "a2 <- d2");
    expect_listed("class-inferred a d\n");
}

static void unpublished_lock_is_ordered(void **state)
{
    (void)state;
    see(1, "b <- a:u");
    see(2, "a <- b");
    expect_told("ordered a b\n");
    see(1, "b <- a");
    expect_told("inversion a b\n");
    expect_listed("inversion a b\n");
}

static void s1_across_instances(void **state)
{
    (void)state;
    trusted = LV_TRUST_DECLARED;
    see(1, "s1 <- m1");
    see(1, "f1:p <- m1 s1");
    see(1, "i1 <- m1 s1");
    see(2, "f1:p <- m2 s2");
    see(3, "i2 <- f2:p");
    see(4, "s4 <- i4");
    expect_listed("class i s\nclass f i s\n");
}

static void chord_of_the_same_observation_is_not_listed_twice(void **state)
{
    (void)state;
    see(1, "s <- i");
    see(2, "f:p <- s");
    see(3, "i <- s f:p"); /* shows s -> i as well as f -> i */
    expect_listed("inversion i s\n");
    see(4, "i <- f:p"); /* and now f -> i alone */
    expect_listed("inversion i s\ninversion f i s\n");
}

/* ---- dependencies of classes --------------------------------------------- */

static void note_dependency(void *context, uint32_t from, uint32_t to,
                            unsigned kinds, uint64_t count)
{
    size_t end = strlen(told);

    (void)context;
    snprintf(told + end, sizeof told - end, "%c%c %x %u\n", (int)from - 1 + 'a',
             (int)to - 1 + 'a', kinds, (unsigned)count);
}

static void class_dependencies_are_counted(void **state)
{
    uint32_t i;

    (void)state;
    see(1, "b1 <- a1");
    see(1, "b1 <- a1");
    see(2, "b2:R <- a2");
    for (i = 0; i < 100; i++)
        see(3 + i, "b2:R <- a2:r");
    lv_order_each(order, note_dependency, NULL);
    expect_told("ab b 103\n");
}

static void dependency_comes_from_the_outermost_hold(void **state)
{
    (void)state;
    see(1, "b <- a:r a:a"); /* held twice, for reading further out */
    lv_order_each(order, note_dependency, NULL);
    expect_told("ab 4 1\n");
}

static void waiting_reader_is_a_recursive_reader(void **state)
{
    (void)state;
    see(1, "s:s <- a");
    lv_order_each(order, note_dependency, NULL);
    expect_told("as 2 1\n");
}

/* ---- random observations against brute force ----------------------------- */

#define LOCKS 5

struct brute {
    uint32_t lock[LOCKS]; /* the cycle, 0 … LOCKS - 1 */
    const struct lv_rec_observation *seen[LOCKS];
    uint32_t hold[LOCKS];
    uint32_t count;
};

static bool is_write(const struct lv_rec_hold *hold)
{
    return (hold->how & LV_HOW_MODE) == LV_HOW_WRITE;
}

static bool exclude(const struct lv_rec_observation *a,
                    const struct lv_rec_observation *b)
{
    uint32_t i, j;

    for (i = 0; i < a->count; i++)
        for (j = 0; j < b->count; j++)
            if (a->hold[i].instance == b->hold[j].instance &&
                (is_write(&a->hold[i]) || is_write(&b->hold[j])))
                return true;
    return false;
}

/* Recursive head before shared tail? */
static bool is_weak(const struct brute *b, uint32_t i, uint32_t next)
{
    return (b->seen[i]->wanted.how & LV_HOW_MODE) == LV_HOW_READ_RECURSIVE &&
           !is_write(&b->seen[next]->hold[b->hold[next]]);
}

/* Does the observation hold `lock` and nothing else of the cycle? */
static bool holds_alone(const struct brute *b,
                        const struct lv_rec_observation *seen, uint32_t lock,
                        uint32_t *hold)
{
    bool found = false;
    uint32_t i, j;

    for (i = 0; i < seen->count; i++) {
        if (seen->hold[i].class_id == lock + 1) {
            *hold = i;
            found = true;
            continue;
        }
        for (j = 0; j < b->count; j++)
            if (seen->hold[i].class_id == b->lock[j] + 1)
                return false;
    }
    return found;
}

static bool can_happen(struct brute *b, uint32_t step)
{
    size_t s;
    uint32_t i;

    if (step == b->count)
        return !is_weak(b, b->count - 1, 0);
    for (s = 0; s < seen_count; s++) {
        b->seen[step] = all_seen[s];
        if (all_seen[s]->wanted.class_id !=
                b->lock[(step + 1) % b->count] + 1 ||
            !holds_alone(b, all_seen[s], b->lock[step], &b->hold[step]))
            continue;
        for (i = 0; i < step; i++)
            if (b->seen[i]->thread == all_seen[s]->thread ||
                exclude(b->seen[i], all_seen[s]))
                break;
        if (i == step && (step == 0 || !is_weak(b, step - 1, step)) &&
            can_happen(b, step + 1))
            return true;
    }
    return false;
}

/* Inversions as bit sets over all sequences; "abc" is 3 digits in base 6. */
static bool is_inversion[6 * 6 * 6 * 6 * 6];
static bool is_listed[6 * 6 * 6 * 6 * 6];
static unsigned inversions;

static void extend(struct brute *b)
{
    uint32_t n, i, code = 0;

    for (i = 0; i < b->count; i++)
        code = code * 6 + b->lock[i] + 1;
    if (b->count >= 2 && can_happen(b, 0)) {
        is_inversion[code] = true;
        inversions++;
    }
    for (n = b->lock[0] + 1; n < LOCKS && b->count < LOCKS; n++) {
        for (i = 1; i < b->count && b->lock[i] != n; i++)
            ;
        if (i < b->count)
            continue;
        b->lock[b->count++] = n;
        extend(b);
        b->count--;
    }
}

static void check_listed(void *context, const struct lv_cycle *cycle)
{
    uint32_t first = 0, i, j, code = 0;

    (void)context;
    if (cycle->grade != LV_GRADE_INVERSION)
        return;
    for (i = 0; i < cycle->count; i++) {
        const struct lv_step *one = &cycle->step[i];

        if (one->from < cycle->step[first].from)
            first = i;
        assert_int_equal(one->to, cycle->step[(i + 1) % cycle->count].from);
        for (j = 0; j < i; j++) {
            assert_int_not_equal(one->seen->thread,
                                 cycle->step[j].seen->thread);
            assert_false(exclude(one->seen, cycle->step[j].seen));
        }
    }
    for (i = 0; i < cycle->count; i++)
        code = code * 6 + cycle->step[(first + i) % cycle->count].from_class;
    assert_true(is_inversion[code]);
    is_listed[code] = true;
}

static unsigned told_inversions;

static void count_inversions(void *context, const struct lv_cycle *cycle)
{
    (void)context;
    told_inversions += cycle->grade == LV_GRADE_INVERSION;
}

/* A random observation without a lock twice. */
static void see_random(void)
{
    static const char *const mode[] = {"", "", ":r", ":R"};
    char text[64];
    int at[LOCKS], i, j, keep, count = 1 + rand() % 3;
    size_t end;

    for (i = 0; i < LOCKS; i++)
        at[i] = i;
    for (i = 0; i < LOCKS; i++) {
        j = i + rand() % (LOCKS - i);
        keep = at[i];
        at[i] = at[j];
        at[j] = keep;
    }
    end = (size_t)snprintf(text, sizeof text, "%c%s <-", 'a' + at[0],
                           mode[rand() % 4]);
    for (i = 1; i <= count; i++)
        end += (size_t)snprintf(text + end, sizeof text - end, " %c%s",
                                'a' + at[i], mode[rand() % 4]);
    assert_true(lv_order_observe(order,
                                 make_seen(1 + (uint32_t)rand() % 4, 0, text),
                                 count_inversions, NULL));
}

static void inversions_agree_with_brute_force(void **state)
{
    struct brute brute;
    int seed, i;

    for (seed = 1; seed <= 2000; seed++) {
        srand((unsigned)seed);
        memset(is_inversion, 0, sizeof is_inversion);
        memset(is_listed, 0, sizeof is_listed);
        inversions = told_inversions = 0;
        for (i = 0; i < 3 + seed % 14; i++)
            see_random();
        for (i = 0; i < LOCKS; i++) {
            brute.lock[0] = (uint32_t)i;
            brute.count = 1;
            extend(&brute);
        }
        assert_true(lv_order_cycles(order, trust, 100000, check_listed, NULL));
        if (memcmp(is_inversion, is_listed, sizeof is_listed) != 0)
            fail_msg("seed %d: not all inversions are listed", seed);
        if ((inversions > 0) != (told_inversions > 0))
            fail_msg("seed %d: %u inversions, %u told", seed, inversions,
                     told_inversions);
        tear_down(state);
        set_up(state);
    }
}

/* ---- what the process keeps of pairs ---------------------------------------
 */

static void mix_told(void *context, const struct lv_cycle *cycle)
{
    uint64_t *hash = context;
    uint32_t i;

    *hash = *hash * 31 + cycle->grade;
    for (i = 0; i < cycle->count; i++)
        *hash = *hash * 31 + (uintptr_t)cycle->step[i].seen;
}

/* As observe.c does. */
static bool show(struct lv_order *to, const struct lv_rec_observation *seen,
                 uint64_t *hash)
{
    struct lv_graph_spot spot;

    if (seen->count != 1)
        return lv_order_observe(to, seen, mix_told, hash);
    spot = lv_order_locate(to, seen->hold[0].instance, seen->wanted.instance);
    if (spot.edge == LV_GRAPH_NONE)
        return lv_order_observe_pair(to, spot, seen, mix_told, hash);
    return lv_order_is_shown(to, spot, seen) ||
           lv_order_observe(to, seen, mix_told, hash);
}

static bool is_any(uint32_t thread, uint32_t segment)
{
    return thread != 0 && segment == 0;
}

/* Evidence of how many threads is there for a dependency on no cycle? */
static uint32_t count_vouching(struct lv_order *of,
                               const struct lv_rec_observation *seen)
{
    uint32_t vouching[16];
    struct lv_order_asked asked = {.from = seen->hold[0].instance,
                                   .to = seen->wanted.instance,
                                   .from_how = seen->hold[0].how,
                                   .to_how = seen->wanted.how,
                                   .is_current = is_any,
                                   .thread = vouching};

    for (asked.enough = 1; lv_order_is_saturated(of, &asked); asked.enough++)
        ;
    return asked.enough;
}

static void pairs_tell_what_observations_do(void **state)
{
    const struct lv_rec_observation *seen;
    struct lv_order *plain, *pairs;
    uint64_t hash, hash_of_pairs;
    unsigned cycles = 0, seed;
    int i;

    for (seed = 1; seed <= 1000; seed++) {
        srand(seed);
        plain = lv_order_new(segments);
        pairs = lv_order_new(segments);
        hash = hash_of_pairs = 0;
        for (i = 0; i < 40; i++) {
            see_random();
            seen = all_seen[seen_count - 1];
            assert_true(lv_order_observe(plain, seen, mix_told, &hash));
            assert_true(show(pairs, seen, &hash_of_pairs));
            assert_true(hash == hash_of_pairs);
            if (i % 8 == 3 && seen->count == 1)
                assert_true(lv_order_is_shown(
                    pairs,
                    lv_order_locate(pairs, seen->hold[0].instance,
                                    seen->wanted.instance),
                    seen));
            if (i % 8 == 7)
                assert_int_equal(count_vouching(plain, seen),
                                 count_vouching(pairs, seen));
            if (i % 10 == 9) {
                lv_order_forget(plain, seen->wanted.instance);
                lv_order_forget(pairs, seen->wanted.instance);
            }
        }
        cycles += hash != 0;
        assert_int_equal(lv_order_dependencies(plain),
                         lv_order_dependencies(pairs));
        lv_order_free(plain);
        lv_order_free(pairs);
        tear_down(state);
        set_up(state);
    }
    assert_true(cycles > 100);
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RULE(abba_in_two_threads_is_an_inversion),
        RULE(same_order_in_two_threads_is_silent),
        RULE(three_threads_close_a_ring),
        RULE(recursive_readers_alone_are_silent),
        RULE(readers_that_wait_for_writers_close_a_cycle),
        RULE(recursive_reader_waits_for_a_writer),
        RULE(trylock_adds_no_edge),
        RULE(lock_taken_by_try_is_held_all_the_same),
        RULE(raw_write_adds_no_edge),
        RULE(readers_that_do_not_wait_add_no_edge),
        RULE(nesting_under_another_lock_orders_no_same_class),
        RULE(reentry_is_no_order),
        RULE(dead_lock_takes_its_order_along),
        RULE(one_thread_alone_is_single_thread),
        RULE(common_gate_guards),
        RULE(different_gates_do_not_guard),
        RULE(gate_held_by_readers_does_not_guard),
        RULE(gate_held_by_one_writer_guards),
        RULE(context_is_no_gate),
        RULE(handler_interrupts_its_own_thread),
        RULE(handler_that_reads_what_readers_hold_is_fine),
        RULE(handler_against_a_chain_needs_two_threads),
        RULE(gate_keeps_a_handler_out),
        RULE(sequence_write_is_no_gate),
        RULE(evidence_without_the_gate_upgrades),
        RULE(join_orders_threads),
        RULE(create_orders_threads),
        RULE(three_steps_need_three_threads),
        RULE(kinds_and_gates_come_from_one_observation),
        RULE(many_threads_stay_bounded),
        RULE(worst_of_several_instances_counts),
        RULE(found_again_once_only),
        RULE(longer_inversion_hides_behind_no_guarded_one),
        RULE(instances_of_a_class_close_a_ring),
        RULE(hand_over_hand_is_silent),
        RULE(classes_of_different_instances_close_a_cycle),
        RULE(classes_need_threads_too),
        RULE(gate_guards_classes),
        RULE(instances_come_before_classes),
        RULE(worst_grade_of_a_class_cycle_counts),
        RULE(tree_of_two_classes_is_silent),
        RULE(cycle_that_repeats_classes_counts_for_the_shorter),
        RULE(steps_within_a_class_fold),
        RULE(forty_locks_and_one_back_edge_are_one_cycle),
        RULE(forty_locks_back_edge_first_are_one_cycle),
        RULE(forty_locks_of_a_class_are_one_cycle),
        RULE(two_hundred_held_are_quick),
        RULE(limit_is_told),
        RULE(s1_annotated_has_two_cycles),
        RULE(s1_raw_adjust_leaves_the_reclaim_cycle),
        RULE(s1_raw_both_is_silent),
        RULE(pairs_up_and_down_have_no_order),
        RULE(pairs_of_kin_have_no_order_either),
        RULE(address_order_is_silent),
        RULE(lists_and_trees_are_silent),
        RULE(gated_pairs_are_silent),
        RULE(pairs_of_one_thread_are_silent),
        RULE(alike_classes_close_a_cycle),
        RULE(unpublished_lock_is_ordered),
        RULE(s1_across_instances),
        RULE(chord_of_the_same_observation_is_not_listed_twice),
        RULE(class_dependencies_are_counted),
        RULE(dependency_comes_from_the_outermost_hold),
        RULE(waiting_reader_is_a_recursive_reader),
        RULE(pairs_tell_what_observations_do),
        RULE(inversions_agree_with_brute_force),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
