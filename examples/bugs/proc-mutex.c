/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-mutex: two processes take two mutexes in shared memory in opposite
 * orders. Each process sees one half.
 * lockval: bug inversion inversion locks=shared->a*,shared->b*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-mutex */
#include "processes.h"
#include "shared.h"

static struct {
    pthread_mutex_t a, b;
} * shared;

static void first(void)
{
    pthread_mutex_lock(&shared->a);
    pthread_mutex_lock(&shared->b);
    pthread_mutex_unlock(&shared->b);
    pthread_mutex_unlock(&shared->a);
    turn_end();
}

static void second(void)
{
    turn_wait();
    pthread_mutex_lock(&shared->b);
    pthread_mutex_lock(&shared->a);
    pthread_mutex_unlock(&shared->a);
    pthread_mutex_unlock(&shared->b);
}

int main(void)
{
    shared = share_memory(sizeof(*shared));
    init_mutex(&shared->a, PTHREAD_MUTEX_STALLED);
    init_mutex(&shared->b, PTHREAD_MUTEX_STALLED);
    return run_both(first, second);
}
