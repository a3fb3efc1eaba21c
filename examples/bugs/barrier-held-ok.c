/* SPDX-License-Identifier: BSD-2-Clause */
/* barrier-held-ok: a barrier is waited at with a lock that others take later.
 * lockval: ok ordered
 *
 * It is taken before the last barrier, too: who comes out of that is past it.
 * Run: build/tools/lockval run -- build/examples/bugs/barrier-held-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t phase;

static void *first(void *unused)
{
    pthread_barrier_wait(&phase);
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&phase);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_barrier_wait(&phase);
    pthread_barrier_wait(&phase);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    pthread_barrier_init(&phase, NULL, 2);
    run_two(first, second);
    pthread_barrier_destroy(&phase);
    return 0;
}
