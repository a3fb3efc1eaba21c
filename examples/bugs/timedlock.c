/* SPDX-License-Identifier: BSD-2-Clause */
/* timedlock: opposite orders, with a limit on the wait for what comes first.
 * lockval: bug inversion inversion locks=a,b
 *
 * For what comes second each waits as long as it takes.
 * Run: build/tools/lockval run -- build/examples/bugs/timedlock */
#include "turns.h"
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static const struct timespec far_away = {1L << 40, 0};

static void take_in_time(pthread_mutex_t *mutex)
{
    pthread_mutex_timedlock(mutex, &far_away);
}

static void *first(void *unused)
{
    take_in_time(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    take_in_time(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
