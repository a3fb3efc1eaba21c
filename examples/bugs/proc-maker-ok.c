/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-maker-ok: both processes nest them in one order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-maker-ok */
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
    pthread_mutex_lock(&shared->a);
    pthread_mutex_lock(&shared->b);
    pthread_mutex_unlock(&shared->b);
    pthread_mutex_unlock(&shared->a);
}

int main(void)
{
    shared = share_memory(sizeof(*shared));
    return run_both(first, second);
}
