/* SPDX-License-Identifier: BSD-2-Clause */
/* barrier.c: pthread_barrier_* give what libc gives. */
#include "case.h"

static pthread_barrier_t barrier;
static int arrived, last;

static void *work(void *unused)
{
    int i;

    for (i = 1; i <= 200; i++) {
        int result;

        __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
        result = pthread_barrier_wait(&barrier);
        CHECK(__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >= 3 * i);
        CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
        if (result != 0)
            __atomic_add_fetch(&last, 1, __ATOMIC_SEQ_CST);
    }
    return unused;
}

static void barrier_lets_all_go_at_once(void)
{
    pthread_t thread[3];
    int i;

    SHOW(pthread_barrier_init(&barrier, NULL, 0));
    CHECK(pthread_barrier_init(&barrier, NULL, 3) == 0);
    for (i = 0; i < 3; i++)
        CHECK(pthread_create(&thread[i], NULL, work, NULL) == 0);
    for (i = 0; i < 3; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    CHECK(last == 200);
    CHECK(pthread_barrier_destroy(&barrier) == 0);
}

static const struct test_case cases[] = {
    CASE(barrier_lets_all_go_at_once),
};

CASE_MAIN(cases)
