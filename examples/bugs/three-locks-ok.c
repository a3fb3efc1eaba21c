/* SPDX-License-Identifier: BSD-2-Clause */
/* three-locks-ok: a before b, b before c, and a before c.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/three-locks-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;

static void take_both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
    turn_end();
}

static void *first(void *unused)
{
    take_both(&a, &b);
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    take_both(&b, &c);
    return unused;
}

static void *third(void *unused)
{
    turn_wait(2);
    take_both(&a, &c);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third};

    run_threads(body, 3);
    return 0;
}
