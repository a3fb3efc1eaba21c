/* SPDX-License-Identifier: BSD-2-Clause */
/* litmus.c: the explorer against small programs whose outcomes are known, and
 * that it refuses what it cannot explore. */
#include "cmocka_all.h"

#include <string.h>

#include "litmus.h"

static bool new_then_old(const unsigned *reg)
{
    return reg[R_A] == 1 && reg[R_B] == 0;
}

static bool both_old(const unsigned *reg)
{
    return reg[R_A] == 0 && reg[R_B] == 0;
}

static bool one_was_lost(const unsigned *reg)
{
    return reg[R_S] == 1;
}

static bool never(const unsigned *reg)
{
    (void)reg;
    return false;
}

static struct litmus_result explore(const char *first, const char *second,
                                    litmus_bad *bad)
{
    struct litmus_program program = {{first, second}};
    struct litmus_result result = litmus_explore(&program, bad);

    assert_true(result.valid);
    return result;
}

static bool sound(const char *first, const char *second, litmus_bad *bad)
{
    return explore(first, second, bad).sound;
}

static void message_passing_needs_both_barriers(void **state)
{
    (void)state;
    assert_false(sound("end=1; start=1", "a=start; b=end", new_then_old));
    assert_false(sound("end=1; wmb; start=1", "a=start; b=end", new_then_old));
    assert_false(sound("end=1; start=1", "a=start; rmb; b=end", new_then_old));
    assert_true(
        sound("end=1; wmb; start=1", "a=start; rmb; b=end", new_then_old));
}

static void a_barrier_of_the_wrong_kind_orders_nothing(void **state)
{
    (void)state;
    assert_false(
        sound("end=1; rmb; start=1", "a=start; wmb; b=end", new_then_old));
}

static void loads_of_one_variable_do_not_go_back(void **state)
{
    (void)state;
    assert_true(sound("start=1", "a=start; b=start", new_then_old));
}

static void loads_pass_stores_whatever_the_barrier(void **state)
{
    (void)state;
    assert_false(sound("start=1; a=end", "end=1; b=start", both_old));
    assert_false(sound("start=1; wmb; rmb; a=end", "end=1; wmb; rmb; b=start",
                       both_old));
}

static void increments_are_one_step(void **state)
{
    struct litmus_program program = {{"seq++", "seq++; s=seq"}};

    (void)state;
    /* One of two alone is seen; after both, never one. */
    assert_false(litmus_explore(&program, one_was_lost).sound);
    program.thread[0] = "seq++; seq++; s=seq";
    program.thread[1] = NULL;
    assert_true(litmus_explore(&program, one_was_lost).sound);
}

static void a_witness_tells_the_order(void **state)
{
    struct litmus_result result =
        explore("end=1; start=1", "a=start; b=end", new_then_old);

    (void)state;
    assert_non_null(strstr(result.witness, "0:start=1 "));
    assert_non_null(strstr(result.witness, "1:b=end(0) "));
}

/* Two independent stores and two loads: 4 x 4 subsets, some told apart by what
 * the loads saw. */
static void every_state_is_visited_once(void **state)
{
    (void)state;
    assert_int_equal(explore("start=1", "", never).states, 2);
    assert_int_equal(explore("start=1; end=1", "", never).states, 4);
    assert_int_equal(explore("start=1; wmb; end=1", "", never).states, 4);
    assert_int_equal(explore("start=1", "a=start", never).states, 5);
}

static void what_does_not_parse_is_invalid(void **state)
{
    static const char *const wrong[] = {
        "lock",
        "start=8",
        "start=",
        "=1",
        "c=start",
        "a=pgoff",
        "++",
        "pgoff++",
        "pgoff=1",
        "seq+",
        "a=start=1",
        ("seq++; seq++; seq++; seq++; seq++; seq++; seq++; seq++; seq++; "
         "seq++; seq++; seq++; seq++"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct litmus_program program = {{wrong[i]}};

        assert_false(litmus_explore(&program, never).valid);
    }
}

static void every_verdict_of_the_table_is_as_expected(void **state)
{
    FILE *nowhere = fopen("/dev/null", "w");

    (void)state;
    assert_non_null(nowhere);
    assert_true(litmus_run(nowhere));
    fclose(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_passing_needs_both_barriers),
        cmocka_unit_test(a_barrier_of_the_wrong_kind_orders_nothing),
        cmocka_unit_test(loads_of_one_variable_do_not_go_back),
        cmocka_unit_test(loads_pass_stores_whatever_the_barrier),
        cmocka_unit_test(increments_are_one_step),
        cmocka_unit_test(a_witness_tells_the_order),
        cmocka_unit_test(every_state_is_visited_once),
        cmocka_unit_test(what_does_not_parse_is_invalid),
        cmocka_unit_test(every_verdict_of_the_table_is_as_expected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
