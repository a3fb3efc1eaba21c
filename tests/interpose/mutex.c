/* SPDX-License-Identifier: BSD-2-Clause */
/* mutex.c: pthread_mutex_* and pthread_spin_* give what libc gives. */
#include "case.h"

static void make(pthread_mutex_t *mutex, int type, bool robust)
{
    pthread_mutexattr_t attr;

    CHECK(pthread_mutexattr_init(&attr) == 0);
    CHECK(pthread_mutexattr_settype(&attr, type) == 0);
    if (robust)
        CHECK(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
    CHECK(pthread_mutex_init(mutex, &attr) == 0);
    CHECK(pthread_mutexattr_destroy(&attr) == 0);
}

/* ---- another thread against a mutex that is held ------------------------- */

static void *fail_to_lock(void *mutex)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 20);
    struct timespec steady = ahead(CLOCK_MONOTONIC, 20);
    struct timespec bad = {0, -1};

    CHECK(pthread_mutex_trylock(mutex) == EBUSY);
    CHECK_HELD(mutex, 0);
    CHECK(pthread_mutex_timedlock(mutex, &wall) == ETIMEDOUT);
    CHECK_HELD(mutex, 0);
    CHECK(pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &steady) ==
          ETIMEDOUT);
    CHECK_HELD(mutex, 0);
    CHECK(pthread_mutex_timedlock(mutex, &bad) == EINVAL);
    CHECK(pthread_mutex_clocklock(mutex, CLOCK_PROCESS_CPUTIME_ID, &steady) ==
          EINVAL);
    CHECK_HELD(mutex, 0);
    return NULL;
}

static void failed_lock_holds_nothing(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK_HELD(&mutex, 1);
    in_thread(fail_to_lock, &mutex);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK_HELD(&mutex, 0);
}

static void every_way_to_lock_holds(void)
{
    pthread_mutex_t mutex;
    struct timespec wall = ahead(CLOCK_REALTIME, 10000);
    struct timespec steady = ahead(CLOCK_MONOTONIC, 10000);
    int i;

    CHECK(pthread_mutex_init(&mutex, NULL) == 0);
    for (i = 0; i < 3; i++) { /* the first time, and known */
        CHECK(pthread_mutex_lock(&mutex) == 0);
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK_HELD(&mutex, 0);
        CHECK(pthread_mutex_trylock(&mutex) == 0);
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK(pthread_mutex_timedlock(&mutex, &wall) == 0);
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &steady) == 0);
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK_HELD(&mutex, 0);
    }
    CHECK(pthread_mutex_destroy(&mutex) == 0);
}

/* A lock of which the thread, alone, could be sure, had it not been damaged. */
static void known_mutex_that_refuses_is_not_held(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    volatile int i; /* one call */

    for (i = 0; i < 6; i++) {
        mutex.__data.__kind = i < 5 ? 0 : 4; /* no kind of glibc's */
        CHECK(pthread_mutex_lock(&mutex) == (i < 5 ? 0 : EINVAL));
        CHECK_HELD(&mutex, i < 5);
        if (i < 5)
            CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
    mutex.__data.__kind = 0;
}

static void *unlock(void *mutex)
{
    CHECK(pthread_mutex_unlock(mutex) == EPERM);
    return NULL;
}

static void error_checking_mutex_refuses(void)
{
    pthread_mutex_t mutex;

    make(&mutex, PTHREAD_MUTEX_ERRORCHECK, false);
    CHECK(pthread_mutex_unlock(&mutex) == EPERM);
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_lock(&mutex) == EDEADLK);
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    in_thread(unlock, &mutex);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK_HELD(&mutex, 0);
    CHECK(pthread_mutex_destroy(&mutex) == 0);
}

static void recursive_mutex_is_held_until_its_last_unlock(void)
{
    pthread_mutex_t mutex;
    int i;

    make(&mutex, PTHREAD_MUTEX_RECURSIVE, false);
    for (i = 0; i < 5; i++)
        CHECK((i % 2 ? pthread_mutex_lock : pthread_mutex_trylock)(&mutex) ==
              0);
    for (i = 0; i < 5; i++) {
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
    CHECK_HELD(&mutex, 0);
    CHECK(pthread_mutex_unlock(&mutex) == EPERM);
    CHECK(pthread_mutex_destroy(&mutex) == 0);
}

static void unlock_order_is_free(void)
{
    pthread_mutex_t mutex[3] = {PTHREAD_MUTEX_INITIALIZER,
                                PTHREAD_MUTEX_INITIALIZER,
                                PTHREAD_MUTEX_INITIALIZER};
    int i, j;

    for (j = 0; j < 3; j++) {
        for (i = 0; i < 3; i++)
            CHECK(pthread_mutex_lock(&mutex[i]) == 0);
        for (i = 0; i < 3; i++) {
            CHECK_HELD(&mutex[i], 1);
            CHECK(pthread_mutex_unlock(&mutex[i]) == 0);
            CHECK_HELD(&mutex[i], 0);
        }
    }
}

static void destroy_and_init_tell_libcs_errors(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_destroy(&mutex) == EBUSY);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK(pthread_mutex_destroy(&mutex) == 0);
}

/* ---- robust ---------------------------------------------------------------
 */

static void *lock_and_leave(void *mutex)
{
    CHECK(pthread_mutex_lock(mutex) == 0);
    return NULL;
}

static void owner_that_died_is_followed(void)
{
    pthread_mutex_t mutex;
    struct timespec wall = ahead(CLOCK_REALTIME, 10000);

    make(&mutex, PTHREAD_MUTEX_NORMAL, true);
    in_thread(lock_and_leave, &mutex);
    CHECK(pthread_mutex_lock(&mutex) == EOWNERDEAD);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_consistent(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK_HELD(&mutex, 0);
    in_thread(lock_and_leave, &mutex);
    CHECK(pthread_mutex_trylock(&mutex) == EOWNERDEAD);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_consistent(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    in_thread(lock_and_leave, &mutex);
    CHECK(pthread_mutex_timedlock(&mutex, &wall) == EOWNERDEAD);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_unlock(&mutex) == 0); /* given up for good */
    CHECK(pthread_mutex_lock(&mutex) == ENOTRECOVERABLE);
    CHECK_HELD(&mutex, 0);
    CHECK(pthread_mutex_destroy(&mutex) == 0);
}

/* ---- the rest -------------------------------------------------------------
 */

static void errno_is_the_programs(void)
{
    pthread_mutex_t mutex;
    pthread_spinlock_t spin;
    int i;

    for (i = 0; i < 3; i++) {
        errno = 4711;
        CHECK(pthread_mutex_init(&mutex, NULL) == 0 && errno == 4711);
        CHECK(pthread_mutex_lock(&mutex) == 0 && errno == 4711);
        CHECK(pthread_mutex_trylock(&mutex) == EBUSY && errno == 4711);
        CHECK(pthread_mutex_unlock(&mutex) == 0 && errno == 4711);
        CHECK(pthread_mutex_trylock(&mutex) == 0 && errno == 4711);
        CHECK(pthread_mutex_unlock(&mutex) == 0 && errno == 4711);
        CHECK(pthread_mutex_destroy(&mutex) == 0 && errno == 4711);
        CHECK(pthread_spin_init(&spin, 0) == 0 && errno == 4711);
        CHECK(pthread_spin_lock(&spin) == 0 && errno == 4711);
        CHECK(pthread_spin_unlock(&spin) == 0 && errno == 4711);
        CHECK(pthread_spin_destroy(&spin) == 0 && errno == 4711);
    }
}

static void ceiling_change_holds_nothing(void)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex, plain = PTHREAD_MUTEX_INITIALIZER;
    int old = -1;

    CHECK(pthread_mutex_setprioceiling(&plain, 1, &old) == EINVAL);
    CHECK(pthread_mutexattr_init(&attr) == 0);
    CHECK(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_PROTECT) == 0);
    CHECK(pthread_mutex_init(&mutex, &attr) == 0);
    SHOW(pthread_mutex_setprioceiling(&mutex, 1, &old)); /* needs a right */
    CHECK_HELD(&mutex, 0);
    CHECK(pthread_mutex_destroy(&mutex) == 0);
}

static void *fail_to_spin(void *spin)
{
    CHECK(pthread_spin_trylock(spin) == EBUSY);
    CHECK_HELD((void *)spin, 0);
    return NULL;
}

static void spin_lock_is_held_while_it_is(void)
{
    pthread_spinlock_t spin;
    int i;

    CHECK(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0);
    for (i = 0; i < 3; i++) {
        CHECK(pthread_spin_lock(&spin) == 0);
        CHECK_HELD((void *)&spin, 1);
        in_thread(fail_to_spin, (void *)&spin);
        CHECK(pthread_spin_unlock(&spin) == 0);
        CHECK_HELD((void *)&spin, 0);
        CHECK(pthread_spin_trylock(&spin) == 0);
        CHECK_HELD((void *)&spin, 1);
        CHECK(pthread_spin_unlock(&spin) == 0);
        CHECK_HELD((void *)&spin, 0);
    }
    CHECK(pthread_spin_destroy(&spin) == 0);
}

/* Adaptive and priority-inheriting mutexes are mutexes. */
static void every_kind_is_held(void)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    int i;

    for (i = 0; i < 3; i++) {
        CHECK(pthread_mutexattr_init(&attr) == 0);
        if (i == 0)
            pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
        if (i == 1)
            pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
        if (i == 2)
            pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
        CHECK(pthread_mutex_init(&mutex, &attr) == 0);
        CHECK(pthread_mutex_lock(&mutex) == 0);
        CHECK_HELD(&mutex, 1);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        CHECK_HELD(&mutex, 0);
        CHECK(pthread_mutex_destroy(&mutex) == 0);
    }
}

static const struct test_case cases[] = {
    CASE(failed_lock_holds_nothing),
    CASE(every_way_to_lock_holds),
    CASE(known_mutex_that_refuses_is_not_held),
    CASE(error_checking_mutex_refuses),
    CASE(recursive_mutex_is_held_until_its_last_unlock),
    CASE(unlock_order_is_free),
    CASE(destroy_and_init_tell_libcs_errors),
    CASE(owner_that_died_is_followed),
    CASE(errno_is_the_programs),
    CASE(ceiling_change_holds_nothing),
    CASE(spin_lock_is_held_while_it_is),
    CASE(every_kind_is_held),
};
CASE_MAIN(cases)
