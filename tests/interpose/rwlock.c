/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock.c: pthread_rwlock_* give what libc gives. */
#include "case.h"

static void *fail_to_read(void *rwlock)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 20);
    struct timespec steady = ahead(CLOCK_MONOTONIC, 20);

    CHECK(pthread_rwlock_tryrdlock(rwlock) == EBUSY);
    CHECK(pthread_rwlock_timedrdlock(rwlock, &wall) == ETIMEDOUT);
    CHECK(pthread_rwlock_clockrdlock(rwlock, CLOCK_MONOTONIC, &steady) ==
          ETIMEDOUT);
    CHECK_HELD(rwlock, 0);
    return NULL;
}

static void *fail_to_write(void *rwlock)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 20);
    struct timespec steady = ahead(CLOCK_MONOTONIC, 20);
    struct timespec bad = {0, 1000000000};

    CHECK(pthread_rwlock_trywrlock(rwlock) == EBUSY);
    CHECK(pthread_rwlock_timedwrlock(rwlock, &wall) == ETIMEDOUT);
    CHECK(pthread_rwlock_clockwrlock(rwlock, CLOCK_MONOTONIC, &steady) ==
          ETIMEDOUT);
    CHECK(pthread_rwlock_timedwrlock(rwlock, &bad) == EINVAL);
    CHECK_HELD(rwlock, 0);
    return NULL;
}

static void failed_rwlock_holds_nothing(void)
{
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

    CHECK(pthread_rwlock_wrlock(&rwlock) == 0);
    in_thread(fail_to_read, &rwlock);
    in_thread(fail_to_write, &rwlock);
    CHECK_HELD(&rwlock, 1);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
    in_thread(fail_to_write, &rwlock);
    CHECK_HELD(&rwlock, 1);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    CHECK_HELD(&rwlock, 0);
}

static void take_and_give(pthread_rwlock_t *rwlock, int result)
{
    CHECK(result == 0);
    CHECK_HELD(rwlock, 1);
    CHECK(pthread_rwlock_unlock(rwlock) == 0);
    CHECK_HELD(rwlock, 0);
}

static void every_way_to_take_a_rwlock_holds(void)
{
    struct timespec wall = ahead(CLOCK_REALTIME, 10000);
    struct timespec steady = ahead(CLOCK_MONOTONIC, 10000);
    pthread_rwlock_t w;
    int i;

    errno = 4711;
    CHECK(pthread_rwlock_init(&w, NULL) == 0);
    for (i = 0; i < 3; i++) {
        take_and_give(&w, pthread_rwlock_rdlock(&w));
        take_and_give(&w, pthread_rwlock_wrlock(&w));
        take_and_give(&w, pthread_rwlock_tryrdlock(&w));
        take_and_give(&w, pthread_rwlock_trywrlock(&w));
        take_and_give(&w, pthread_rwlock_timedrdlock(&w, &wall));
        take_and_give(&w, pthread_rwlock_timedwrlock(&w, &wall));
        take_and_give(&w,
                      pthread_rwlock_clockrdlock(&w, CLOCK_MONOTONIC, &steady));
        take_and_give(&w,
                      pthread_rwlock_clockwrlock(&w, CLOCK_MONOTONIC, &steady));
    }
    CHECK(pthread_rwlock_destroy(&w) == 0);
    CHECK(errno == 4711);
}

static void writer_may_not_lock_again(void)
{
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

    CHECK(pthread_rwlock_wrlock(&rwlock) == 0);
    CHECK(pthread_rwlock_wrlock(&rwlock) == EDEADLK);
    CHECK(pthread_rwlock_rdlock(&rwlock) == EDEADLK);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    CHECK_HELD(&rwlock, 0);
}

static void reader_holds_each_of_its_holds(void)
{
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

    CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
    CHECK(pthread_rwlock_rdlock(&rwlock) == 0);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    CHECK_HELD(&rwlock, 1);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    CHECK_HELD(&rwlock, 0);
}

static void writer_preferring_kind_works(void)
{
    pthread_rwlockattr_t attr;
    pthread_rwlock_t rwlock;

    CHECK(pthread_rwlockattr_init(&attr) == 0);
    CHECK(pthread_rwlockattr_setkind_np(
              &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
    CHECK(pthread_rwlock_init(&rwlock, &attr) == 0);
    take_and_give(&rwlock, pthread_rwlock_rdlock(&rwlock));
    take_and_give(&rwlock, pthread_rwlock_wrlock(&rwlock));
    CHECK(pthread_rwlock_destroy(&rwlock) == 0);
}

static const struct test_case cases[] = {
    CASE(failed_rwlock_holds_nothing),  CASE(every_way_to_take_a_rwlock_holds),
    CASE(writer_may_not_lock_again),    CASE(reader_holds_each_of_its_holds),
    CASE(writer_preferring_kind_works),
};
CASE_MAIN(cases)
