/* SPDX-License-Identifier: BSD-2-Clause */
/* barrier: opposite orders in one phase of two threads.
 * lockval: bug inversion inversion locks=a,b
 *
 * Both come after the barrier: it keeps nobody apart.
 * Run: build/tools/lockval run -- build/examples/bugs/barrier */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t phase;

static void *first(void *unused)
{
    pthread_barrier_wait(&phase);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    pthread_barrier_wait(&phase);
    turn_wait(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    pthread_barrier_init(&phase, NULL, 2);
    run_two(first, second);
    pthread_barrier_destroy(&phase);
    return 0;
}
