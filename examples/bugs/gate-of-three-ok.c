/* SPDX-License-Identifier: BSD-2-Clause */
/* gate-of-three-ok: two of three steps have a gate in common.
 * lockval: ok guarded
 *
 * The third step alone cannot close the circle.
 * Run: build/tools/lockval run -- build/examples/bugs/gate-of-three-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER,
                       c = PTHREAD_MUTEX_INITIALIZER,
                       x = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    pthread_mutex_lock(&x);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&x);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&x);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&c);
    pthread_mutex_unlock(&c);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&x);
    turn_end();
    return unused;
}

static void *third(void *unused)
{
    turn_wait(2);
    pthread_mutex_lock(&c);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&c);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third};

    run_threads(body, 3);
    return 0;
}
