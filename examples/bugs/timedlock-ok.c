/* SPDX-License-Identifier: BSD-2-Clause */
/* timedlock-ok: opposite orders, with a limit on one of the waits.
 * lockval: ok silent
 *
 * Where they meet, one thread gives up in the end, lets go, and the other goes
 * on. So for a rwlock in either mode, which takes the part of b.
 * Run: build/tools/lockval run -- build/examples/bugs/timedlock-ok */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "turns.h"
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t c = PTHREAD_RWLOCK_INITIALIZER;

static const struct timespec far_away = {1L << 40, 0};

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    if (pthread_mutex_timedlock(&b, &far_away) == 0)
        pthread_mutex_unlock(&b);
    if (pthread_mutex_clocklock(&b, CLOCK_MONOTONIC, &far_away) == 0)
        pthread_mutex_unlock(&b);
    if (pthread_rwlock_timedwrlock(&c, &far_away) == 0)
        pthread_rwlock_unlock(&c);
    if (pthread_rwlock_timedrdlock(&c, &far_away) == 0)
        pthread_rwlock_unlock(&c);
    if (pthread_rwlock_clockwrlock(&c, CLOCK_MONOTONIC, &far_away) == 0)
        pthread_rwlock_unlock(&c);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    pthread_rwlock_wrlock(&c);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_rwlock_unlock(&c);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
