/* SPDX-License-Identifier: BSD-2-Clause */
/* gate-of-three: three steps, three gates, no two of them alike.
 * lockval: bug inversion inversion locks=a,b,c
 *
 * Run: build/tools/lockval run -- build/examples/bugs/gate-of-three */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER,
                       c = PTHREAD_MUTEX_INITIALIZER,
                       x = PTHREAD_MUTEX_INITIALIZER,
                       y = PTHREAD_MUTEX_INITIALIZER,
                       z = PTHREAD_MUTEX_INITIALIZER;

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
    pthread_mutex_lock(&y);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&c);
    pthread_mutex_unlock(&c);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&y);
    turn_end();
    return unused;
}

static void *third(void *unused)
{
    turn_wait(2);
    pthread_mutex_lock(&z);
    pthread_mutex_lock(&c);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&c);
    pthread_mutex_unlock(&z);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third};

    run_threads(body, 3);
    return 0;
}
