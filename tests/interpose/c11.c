/* SPDX-License-Identifier: BSD-2-Clause */
/* c11.c: mtx_*, cnd_*, thrd_* give what libc gives. */
#include "case.h"

#include <threads.h>

static mtx_t mtx;
static cnd_t cnd;
static bool ready, waiting;

static struct timespec soon(void)
{
    return ahead(CLOCK_REALTIME, 20);
}

static int fail_to_lock(void *unused)
{
    struct timespec until = soon();

    (void)unused;
    CHECK(mtx_trylock(&mtx) == thrd_busy);
    CHECK_HELD(&mtx, 0);
    CHECK(mtx_timedlock(&mtx, &until) == thrd_timedout);
    CHECK_HELD(&mtx, 0);
    return 42;
}

static void c11_mutex_is_held_while_it_is(void)
{
    struct timespec until = ahead(CLOCK_REALTIME, 10000);
    thrd_t thread;
    int i, value = 0;

    CHECK(mtx_init(&mtx, mtx_timed) == thrd_success);
    for (i = 0; i < 3; i++) {
        CHECK(mtx_lock(&mtx) == thrd_success);
        CHECK_HELD(&mtx, 1);
        CHECK(thrd_create(&thread, fail_to_lock, NULL) == thrd_success);
        CHECK(thrd_join(thread, &value) == thrd_success && value == 42);
        CHECK(mtx_unlock(&mtx) == thrd_success);
        CHECK_HELD(&mtx, 0);
        CHECK(mtx_trylock(&mtx) == thrd_success);
        CHECK_HELD(&mtx, 1);
        CHECK(mtx_unlock(&mtx) == thrd_success);
        CHECK(mtx_timedlock(&mtx, &until) == thrd_success);
        CHECK_HELD(&mtx, 1);
        CHECK(mtx_unlock(&mtx) == thrd_success);
        CHECK_HELD(&mtx, 0);
    }
    mtx_destroy(&mtx);
}

static void c11_recursive_mutex_is_held_until_its_last_unlock(void)
{
    CHECK(mtx_init(&mtx, mtx_plain | mtx_recursive) == thrd_success);
    CHECK(mtx_lock(&mtx) == thrd_success);
    CHECK(mtx_lock(&mtx) == thrd_success);
    CHECK(mtx_unlock(&mtx) == thrd_success);
    CHECK_HELD(&mtx, 1);
    CHECK(mtx_unlock(&mtx) == thrd_success);
    CHECK_HELD(&mtx, 0);
    mtx_destroy(&mtx);
}

static int wait_until_ready(void *timed)
{
    struct timespec until = ahead(CLOCK_REALTIME, 30000);

    CHECK(mtx_lock(&mtx) == thrd_success);
    waiting = true;
    while (!ready) {
        CHECK((timed != NULL ? cnd_timedwait(&cnd, &mtx, &until)
                             : cnd_wait(&cnd, &mtx)) == thrd_success);
        CHECK_HELD(&mtx, 1);
    }
    CHECK(mtx_unlock(&mtx) == thrd_success);
    CHECK_HELD(&mtx, 0);
    return 7;
}

static void c11_wait_ends_with_the_mutex_held(void)
{
    struct timespec until = soon();
    thrd_t thread;
    int timed, value;

    CHECK(mtx_init(&mtx, mtx_plain) == thrd_success);
    CHECK(cnd_init(&cnd) == thrd_success);
    for (timed = 0; timed < 2; timed++) {
        ready = waiting = false;
        CHECK(thrd_create(&thread, wait_until_ready, timed ? &timed : NULL) ==
              thrd_success);
        do {
            usleep(1000);
            mtx_lock(&mtx);
            ready = waiting;
            mtx_unlock(&mtx);
        } while (!ready);
        CHECK(cnd_broadcast(&cnd) == thrd_success);
        CHECK(thrd_join(thread, &value) == thrd_success && value == 7);
    }
    CHECK(mtx_lock(&mtx) == thrd_success);
    CHECK(cnd_timedwait(&cnd, &mtx, &until) == thrd_timedout);
    CHECK_HELD(&mtx, 1);
    until.tv_nsec = -1;
    CHECK(cnd_timedwait(&cnd, &mtx, &until) == thrd_error);
    CHECK_HELD(&mtx, 1);
    CHECK(mtx_unlock(&mtx) == thrd_success);
    CHECK_HELD(&mtx, 0);
    CHECK(cnd_signal(&cnd) == thrd_success); /* nobody waits */
    cnd_destroy(&cnd);
    mtx_destroy(&mtx);
}

static int leave(void *value)
{
    thrd_exit((int)(long)value);
}

static int detached(void *flag)
{
    __atomic_store_n((int *)flag, 1, __ATOMIC_RELEASE);
    return 0;
}

static void c11_threads_return_their_value(void)
{
    static int flag;
    thrd_t thread;
    int value = 0;

    CHECK(thrd_create(&thread, leave, (void *)-5) == thrd_success);
    CHECK(thrd_join(thread, &value) == thrd_success && value == -5);
    CHECK(thrd_create(&thread, detached, &flag) == thrd_success);
    CHECK(thrd_detach(thread) == thrd_success);
    while (!__atomic_load_n(&flag, __ATOMIC_ACQUIRE))
        thrd_yield();
}

static const struct test_case cases[] = {
    CASE(c11_mutex_is_held_while_it_is),
    CASE(c11_recursive_mutex_is_held_until_its_last_unlock),
    CASE(c11_wait_ends_with_the_mutex_held),
    CASE(c11_threads_return_their_value),
};
CASE_MAIN(cases)
