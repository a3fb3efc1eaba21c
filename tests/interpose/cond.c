/* SPDX-License-Identifier: BSD-2-Clause */
/* cond.c: a wait gives the mutex up and takes it back, however it ends. */
#include "case.h"

#include <signal.h>
#include <sys/time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static bool ready, waiting;

static void *wait_until_ready(void *way)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 30000);
    struct timespec steady = ahead(CLOCK_MONOTONIC, 30000);

    CHECK(pthread_mutex_lock(&mutex) == 0);
    waiting = true;
    errno = 4711;
    while (!ready) {
        if (*(int *)way == 0)
            CHECK(pthread_cond_wait(&cond, &mutex) == 0);
        else if (*(int *)way == 1)
            CHECK(pthread_cond_timedwait(&cond, &mutex, &wall) == 0);
        else
            CHECK(pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC,
                                         &steady) == 0);
        CHECK_HELD(&mutex, 1);
    }
    CHECK(errno == 4711);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK_HELD(&mutex, 0);
    return way;
}

/* Lock the mutex, once somebody waits with it. */
static void meet(void)
{
    CHECK(pthread_mutex_lock(&mutex) == 0);
    while (!waiting) {
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        usleep(1000);
        CHECK(pthread_mutex_lock(&mutex) == 0);
    }
}

static void every_wait_ends_with_the_mutex_held(void)
{
    pthread_t thread;
    void *value;
    int way;

    for (way = 0; way < 3; way++) {
        ready = waiting = false;
        CHECK(pthread_create(&thread, NULL, wait_until_ready, &way) == 0);
        meet();
        ready = true;
        CHECK(pthread_cond_broadcast(&cond) == 0);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK(pthread_join(thread, &value) == 0 && value == &way);
    }
}

static void wait_that_times_out_holds(void)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 20);
    struct timespec steady = ahead(CLOCK_MONOTONIC, 20);

    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_cond_timedwait(&cond, &mutex, &wall) == ETIMEDOUT);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &steady) ==
          ETIMEDOUT);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK_HELD(&mutex, 0);
}

static void refused_wait_changes_nothing(void)
{
    struct timespec bad = {0, -1};
    pthread_mutexattr_t attr;
    pthread_mutex_t checking;

    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_cond_timedwait(&cond, &mutex, &bad) == EINVAL);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_cond_clockwait(&cond, &mutex, CLOCK_PROCESS_CPUTIME_ID,
                                 &bad) == EINVAL);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_unlock(&mutex) == 0);

    CHECK(pthread_mutexattr_init(&attr) == 0);
    CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK) == 0);
    CHECK(pthread_mutex_init(&checking, &attr) == 0);
    CHECK(pthread_cond_wait(&cond, &checking) == EPERM);
    CHECK_HELD(&checking, 0);
}

/* ---- cancellation ---------------------------------------------------------
 */

static bool cleaned;

static void clean(void *unused)
{
    (void)unused;
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    cleaned = true;
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK_HELD(&mutex, 0);
}

static void *wait_for_ever(void *unused)
{
    CHECK(pthread_mutex_lock(&mutex) == 0);
    pthread_cleanup_push(clean, unused);
    waiting = true;
    for (;;)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(0);
    return unused;
}

static void cancelled_wait_holds_in_cleanup(void)
{
    pthread_t thread;
    void *value;
    int i;

    for (i = 0; i < 20; i++) {
        cleaned = waiting = false;
        CHECK(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
        meet();
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK(pthread_join(thread, &value) == 0);
        CHECK(value == PTHREAD_CANCELED && cleaned);
    }
}

/* ---- during the wait ------------------------------------------------------
 */

static volatile sig_atomic_t asked, seen_held;
static pthread_mutex_t *asked_about = &mutex;

static void ask(int signal)
{
    (void)signal;
    seen_held = lockval_is_held(asked_about);
    asked = 1;
}

static void *wait_with_handler(void *unused)
{
    CHECK(pthread_mutex_lock(asked_about) == 0);
    waiting = true;
    while (!ready)
        CHECK(pthread_cond_wait(&cond, asked_about) == 0);
    CHECK(pthread_mutex_unlock(asked_about) == 0);
    return unused;
}

static void mutex_is_not_held_during_the_wait(void)
{
    struct sigaction action = {.sa_handler = ask};
    pthread_t thread;

    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, wait_with_handler, NULL) == 0);
    meet(); /* it waits: we have the mutex */
    CHECK(pthread_kill(thread, SIGUSR1) == 0);
    while (!asked)
        usleep(1000);
    ready = true;
    CHECK(pthread_cond_signal(&cond) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(!seen_held);
}

/* glibc gives one level of two up: a wait that cannot end otherwise. */
static void recursive_mutex_held_twice_stays_held(void)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 20);
    pthread_mutexattr_t attr;
    pthread_mutex_t twice;

    CHECK(pthread_mutexattr_init(&attr) == 0);
    CHECK(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) == 0);
    CHECK(pthread_mutex_init(&twice, &attr) == 0);
    CHECK(pthread_mutex_lock(&twice) == 0);
    CHECK(pthread_mutex_lock(&twice) == 0);
    CHECK(pthread_cond_timedwait(&cond, &twice, &wall) == ETIMEDOUT);
    CHECK_HELD(&twice, 1);
    CHECK(pthread_mutex_unlock(&twice) == 0);
    CHECK_HELD(&twice, 1);
    CHECK(pthread_mutex_unlock(&twice) == 0);
    CHECK_HELD(&twice, 0);
    CHECK(pthread_mutex_unlock(&twice) == EPERM);
}

static void other_locks_stay_held_around_a_wait(void)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 20);
    static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
    static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

    CHECK(pthread_mutex_lock(&outer) == 0);
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_lock(&inner) == 0);
    CHECK(pthread_cond_timedwait(&cond, &mutex, &wall) == ETIMEDOUT);
    CHECK_HELD(&outer, 1);
    CHECK_HELD(&mutex, 1);
    CHECK_HELD(&inner, 1);
    CHECK(pthread_mutex_unlock(&inner) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&outer) == 0);
    CHECK_HELD(&outer, 0);
}

/* Begun anew where one ended, and once shared with other processes. */
static void conditions_begin_and_end(void)
{
    pthread_condattr_t attr;
    pthread_cond_t own;
    int shared;

    CHECK(pthread_condattr_init(&attr) == 0);
    for (shared = 0; shared < 2; shared++) {
        CHECK(pthread_condattr_setpshared(
                  &attr, shared ? PTHREAD_PROCESS_SHARED
                                : PTHREAD_PROCESS_PRIVATE) == 0);
        CHECK(pthread_cond_init(&own, &attr) == 0);
        CHECK(pthread_mutex_lock(&mutex) == 0);
        errno = 4711;
        CHECK(pthread_cond_signal(&own) == 0);
        CHECK(pthread_cond_broadcast(&own) == 0);
        CHECK(errno == 4711);
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK_HELD(&mutex, 0);
        CHECK_HELD(&own, 0);
        CHECK(pthread_cond_destroy(&own) == 0);
    }
    CHECK(pthread_condattr_destroy(&attr) == 0);
}

/* A handler may signal while a lock is on its way into the list. */
static void post(int number)
{
    (void)number;
    pthread_cond_signal(&cond);
}

static void signals_from_handlers_disturb_no_hold(void)
{
    static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
    struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    int i;

    signal(SIGALRM, post);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (i = 0; i < 20000; i++) {
        CHECK(pthread_mutex_lock(&outer) == 0);
        CHECK(pthread_mutex_lock(&mutex) == 0);
        CHECK_HELD(&outer, 1);
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK(pthread_mutex_unlock(&outer) == 0);
        CHECK_HELD(&outer, 0);
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
}

static const struct test_case cases[] = {
    CASE(every_wait_ends_with_the_mutex_held),
    CASE(wait_that_times_out_holds),
    CASE(refused_wait_changes_nothing),
    CASE(cancelled_wait_holds_in_cleanup),
    CASE(mutex_is_not_held_during_the_wait),
    CASE(recursive_mutex_held_twice_stays_held),
    CASE(other_locks_stay_held_around_a_wait),
    CASE(conditions_begin_and_end),
    CASE(signals_from_handlers_disturb_no_hold),
};
CASE_MAIN(cases)
