/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-maker: a process makes mutexes in shared memory and nests them at once;
 * another nests them the other way.
 * lockval: bug inversion inversion locks=shared->a*,shared->b*
 *
 * That nobody else knows them yet cannot be told of what others share.
 * Run: build/tools/lockval run -- build/examples/bugs/proc-maker */
#include "processes.h"
#include "shared.h"

static struct {
    pthread_mutex_t a, b;
} * shared;

static void first(void)
{
    init_mutex(&shared->a, PTHREAD_MUTEX_STALLED);
    init_mutex(&shared->b, PTHREAD_MUTEX_STALLED);
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
    return run_both(first, second);
}
