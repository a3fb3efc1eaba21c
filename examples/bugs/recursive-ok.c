/* SPDX-License-Identifier: BSD-2-Clause */
/* recursive-ok: a is taken again under b, but was held all along.
 * lockval: ok silent
 *
 * Who holds a does not wait for it.
 * Run: build/tools/lockval run -- build/examples/bugs/recursive-ok */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "turns.h"

static pthread_mutex_t a = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

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
