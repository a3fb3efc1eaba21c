/* SPDX-License-Identifier: BSD-2-Clause */
/* start.c: what happens before our constructor, and after our destructor. */
#include "case.h"
#include "early.h"

static void constructors_before_ours_may_lock(void)
{
    CHECK(early_errors == 0);
    early_stop();
    CHECK(early_errors == 0);
}

static void lock_held_since_before_is_no_error(void)
{
    CHECK_HELD(&early_held, 0); /* not seen */
    CHECK(pthread_mutex_trylock(&early_held) == EBUSY);
    CHECK(pthread_mutex_unlock(&early_held) == 0);
    CHECK(pthread_mutex_lock(&early_held) == 0);
    CHECK_HELD(&early_held, 1);
    CHECK(pthread_mutex_unlock(&early_held) == 0);
    CHECK_HELD(&early_held, 0);
    early_stop();
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_at_exit(void)
{
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    puts("at exit");
}

__attribute__((destructor)) static void lock_in_destructor(void)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void exit_handlers_may_lock(void)
{
    CHECK(atexit(lock_at_exit) == 0);
    early_stop();
}

static void quick_exit_works(void)
{
    CHECK(at_quick_exit(lock_at_exit) == 0);
    early_stop();
    fflush(stdout);
    quick_exit(0);
}

static const struct test_case cases[] = {
    CASE(constructors_before_ours_may_lock),
    CASE(lock_held_since_before_is_no_error),
    CASE(exit_handlers_may_lock),
    CASE(quick_exit_works),
};
CASE_MAIN(cases)
