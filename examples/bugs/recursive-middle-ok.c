/* SPDX-License-Identifier: BSD-2-Clause */
/* recursive-middle-ok: a held recursive mutex is taken again, from the middle.
 * lockval: ok silent
 *
 * What is held already is not waited for: nothing comes before it.
 * Run: build/tools/lockval run -- build/examples/bugs/recursive-middle-ok */
#define _GNU_SOURCE 1
#include "turns.h"

static pthread_mutex_t a = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
                       b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
