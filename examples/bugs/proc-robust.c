/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-robust: a process dies with two robust mutexes; the one that recovers
 * them takes them in the other order.
 * lockval: bug inversion inversion locks=shared->a*,shared->b*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-robust */
#include "processes.h"
#include "shared.h"
#include <errno.h>

static struct {
    pthread_mutex_t a, b;
} * shared;

/* Its owner may have died: then all is put in order first. */
static void recover(pthread_mutex_t *mutex)
{
    if (pthread_mutex_lock(mutex) == EOWNERDEAD)
        pthread_mutex_consistent(mutex);
}

static void first(void)
{
    pthread_mutex_lock(&shared->a);
    pthread_mutex_lock(&shared->b);
    turn_end();
}

static void second(void)
{
    turn_wait();
    recover(&shared->b);
    recover(&shared->a);
    pthread_mutex_unlock(&shared->a);
    pthread_mutex_unlock(&shared->b);
}

int main(void)
{
    shared = share_memory(sizeof(*shared));
    init_mutex(&shared->a, PTHREAD_MUTEX_ROBUST);
    init_mutex(&shared->b, PTHREAD_MUTEX_ROBUST);
    return run_both(first, second);
}
