/* SPDX-License-Identifier: BSD-2-Clause */
/* single-thread: both orders in one function, and two threads to call it.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/single-thread */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void both_ways(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);

    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void *first(void *unused)
{
    both_ways();
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    both_ways();
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
