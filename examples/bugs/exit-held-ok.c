/* SPDX-License-Identifier: BSD-2-Clause */
/* exit-held-ok: a robust mutex outlives its owner.
 * lockval: ok silent
 *
 * The next one is told EOWNERDEAD, and puts things right.
 * Run: build/tools/lockval run -- build/examples/bugs/exit-held-ok */
#include <errno.h>

#include "turns.h"

static pthread_mutex_t a;

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    if (pthread_mutex_lock(&a) == EOWNERDEAD)
        pthread_mutex_consistent(&a);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    pthread_mutexattr_t robust;

    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&a, &robust);
    pthread_mutexattr_destroy(&robust);
    run_two(first, second);
    pthread_mutex_destroy(&a);
    return 0;
}
