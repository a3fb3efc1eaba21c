/* SPDX-License-Identifier: BSD-2-Clause */
/* once.c: pthread_once and call_once give what libc gives. */
#include "case.h"

#include <threads.h>

static pthread_once_t once = PTHREAD_ONCE_INIT, inner = PTHREAD_ONCE_INIT;
static once_flag flag = ONCE_FLAG_INIT;
static int runs;

static void run(void)
{
    CHECK_HELD(&once, 1);
    runs++;
    errno = ERANGE;
}

static void pthread_once_is_held_while_it_runs(void)
{
    CHECK(pthread_once(&once, run) == 0);
    SHOW(errno);
    CHECK_HELD(&once, 0);
    CHECK(pthread_once(&once, run) == 0 && runs == 1);
    CHECK_HELD(&once, 0);
}

static void run_c11(void)
{
    CHECK_HELD(&flag, 1);
    runs++;
}

static void call_once_is_held_while_it_runs(void)
{
    call_once(&flag, run_c11);
    CHECK_HELD(&flag, 0);
    call_once(&flag, run_c11);
    CHECK(runs == 1);
    CHECK_HELD(&flag, 0);
}

static void see_no_hold(void *unused)
{
    (void)unused;
    CHECK_HELD(&once, 0);
    CHECK_HELD(&inner, 0);
    runs++;
}

static void leave_inner(void)
{
    CHECK_HELD(&once, 1);
    CHECK_HELD(&inner, 1);
    pthread_exit(NULL);
}

static void enter_inner(void)
{
    pthread_once(&inner, leave_inner);
}

static void cancel_oneself(void)
{
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

static void *end_inside(void *function)
{
    pthread_cleanup_push(see_no_hold, NULL);
    pthread_once(&once, (void (*)(void))function);
    pthread_cleanup_pop(0);
    return NULL;
}

static void once_that_ends_otherwise_is_not_held(void)
{
    in_thread(end_inside, (void *)enter_inner);
    in_thread(end_inside, (void *)cancel_oneself);
    CHECK(runs == 2);
    CHECK(pthread_once(&once, run) == 0 && runs == 3);
}

static void run_inner(void)
{
    CHECK_HELD(&once, 1);
    CHECK_HELD(&inner, 1);
    runs++;
}

static void run_outer(void)
{
    pthread_once(&inner, run_inner);
    CHECK_HELD(&inner, 0);
    CHECK_HELD(&once, 1);
    runs++;
}

static void once_inside_once_is_held_too(void)
{
    CHECK(pthread_once(&once, run_outer) == 0);
    CHECK_HELD(&once, 0);
    CHECK(runs == 2);
}

static void *many(void *unused)
{
    pthread_once(&once, run_outer);
    CHECK(runs == 2);
    return unused;
}

static void initialiser_runs_once_among_many(void)
{
    pthread_t thread[16];
    int i;

    for (i = 0; i < 16; i++)
        CHECK(pthread_create(&thread[i], NULL, many, NULL) == 0);
    for (i = 0; i < 16; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
}

static const struct test_case cases[] = {
    CASE(pthread_once_is_held_while_it_runs),
    CASE(call_once_is_held_while_it_runs),
    CASE(once_that_ends_otherwise_is_not_held),
    CASE(once_inside_once_is_held_too),
    CASE(initialiser_runs_once_among_many),
};

CASE_MAIN(cases)
