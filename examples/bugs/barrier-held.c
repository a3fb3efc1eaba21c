/* SPDX-License-Identifier: BSD-2-Clause */
/* barrier-held: a barrier is waited at with a lock that another needs first.
 * lockval: bug wait-inversion inversion locks=a,phase
 *
 * If the other comes later it waits for a, and never comes to the barrier.
 * Run: build/tools/lockval run -- build/examples/bugs/barrier-held */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t phase;

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&a);
    turn_end();
    pthread_barrier_wait(&phase);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
    turn_wait(2);
    pthread_barrier_wait(&phase);
    return unused;
}

int main(void)
{
    pthread_barrier_init(&phase, NULL, 2);
    run_two(first, second);
    pthread_barrier_destroy(&phase);
    return 0;
}
