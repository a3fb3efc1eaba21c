/* SPDX-License-Identifier: BSD-2-Clause */
/* script.c: the stepping: order, points passed by, blocking, and failing. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rwsem.h"
#include "script.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct lockval_class cls = {"tested", 0};
static struct rw_semaphore sem;
static char trace[64]; /* only whose turn it is writes */

static void note(const char *what)
{
    strcat(trace, what);
}

static void a(void *unused)
{
    (void)unused;
    script_point("one");
    note("a1 ");
    script_point("not in any script");
    script_point("two");
    note("a2 ");
}

static void b(void *unused)
{
    (void)unused;
    script_point("one");
    note("b1 ");
}

static const struct script_thread two[] = {{"a", a}, {"b", b}};

static void run(const struct script_step *step, size_t count)
{
    struct script script = {two, 2, step, count};

    trace[0] = '\0';
    script_run(&script, NULL);
}

static void steps_run_in_the_order_of_the_table(void **state)
{
    static const struct script_step inner[] = {
        {"a", "one", 0}, {"b", "one", 0}, {"a", "two", 0}};
    static const struct script_step last[] = {
        {"a", "one", 0}, {"a", "two", 0}, {"b", "one", 0}};
    static const struct script_step first[] = {
        {"b", "one", 0}, {"a", "one", 0}, {"a", "two", 0}};

    (void)state;
    for (int i = 0; i < 200; i++) {
        run(inner, COUNT(inner));
        assert_string_equal(trace, "a1 b1 a2 ");
        run(last, COUNT(last));
        assert_string_equal(trace, "a1 a2 b1 ");
        run(first, COUNT(first));
        assert_string_equal(trace, "b1 a1 a2 ");
    }
}

static void points_that_no_step_names_are_passed_by(void **state)
{
    static const struct script_step steps[] = {{"b", "one", 0},
                                               {"a", "one", 0}};

    (void)state;
    run(steps, COUNT(steps));
    assert_string_equal(trace, "b1 a1 a2 ");
    script_point("outside of any script");
}

static void holder(void *unused)
{
    (void)unused;
    script_point("take");
    down_write(&sem);
    script_point("give");
    note("give ");
    up_write(&sem);
}

static void sleeper(void *unused)
{
    (void)unused;
    script_point("sleep");
    note("sleep ");
    down_write(&sem);
    note("woken ");
    up_write(&sem);
}

static void a_thread_that_blocks_passes_its_turn_on(void **state)
{
    static const struct script_thread threads[] = {{"holder", holder},
                                                   {"sleeper", sleeper}};
    static const struct script_step steps[] = {
        {"holder", "take", 0},
        {"sleeper", "sleep", SCRIPT_BLOCKS},
        {"holder", "give", 0}};
    const struct script script = {threads, 2, steps, COUNT(steps)};

    (void)state;
    init_rwsem(&sem, &cls);
    trace[0] = '\0';
    script_run(&script, NULL);
    assert_string_equal(trace, "sleep give woken ");
}

/* What a child that runs `steps` says and returns. */
static int run_in_child(const struct script_step *step, size_t count,
                        char *said, size_t size)
{
    int pipe_end[2], status;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(pipe_end), 0);
    child = fork();
    if (child == 0) {
        dup2(pipe_end[1], STDERR_FILENO);
        run(step, count);
        _exit(0);
    }
    close(pipe_end[1]);
    got = read(pipe_end[0], said, size - 1);
    said[got > 0 ? got : 0] = '\0';
    close(pipe_end[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_thread_that_skips_its_step_fails_at_once(void **state)
{
    static const struct script_step steps[] = {
        {"a", "one", 0}, {"b", "one", 0}, {"b", "never", 0}};
    char said[256];

    (void)state;
    assert_int_equal(run_in_child(steps, COUNT(steps), said, sizeof(said)),
                     EXIT_SCRIPT);
    assert_string_equal(said, "mm: script: thread ended before its step "
                              "at step 2, \"b: never\"\n");
}

static void a_script_that_is_stuck_fails_in_time(void **state)
{
    /* No thread "c": its turn never ends. */
    static const struct script_step steps[] = {
        {"a", "one", 0}, {"c", "one", 0}, {"b", "one", 0}};
    char said[256];

    (void)state;
    assert_int_equal(run_in_child(steps, COUNT(steps), said, sizeof(said)),
                     EXIT_SCRIPT);
    assert_string_equal(said, "mm: script: stuck at step 1, \"c: one\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_run_in_the_order_of_the_table),
        cmocka_unit_test(points_that_no_step_names_are_passed_by),
        cmocka_unit_test(a_thread_that_blocks_passes_its_turn_on),
        cmocka_unit_test(a_thread_that_skips_its_step_fails_at_once),
        cmocka_unit_test(a_script_that_is_stuck_fails_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
