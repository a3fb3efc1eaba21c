/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-pool-ok: two objects of a pool, one after the other in one place.
 * lockval: ok
 *
 * The pool never frees: that a lock is initialised begins another one.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-pool-ok */
#include "turns.h"

static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static char pool[256] __attribute__((aligned(16)));

static pthread_mutex_t *from_pool(void)
{
    pthread_mutex_t *made = (pthread_mutex_t *)(void *)pool;

    pthread_mutex_init(made, NULL);
    return made;
}

static pthread_mutex_t *object;

static void *first(void *unused)
{
    turn_reach(1);
    pthread_mutex_lock(object);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(object);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_reach(1);
    turn_wait(3);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(object);
    pthread_mutex_unlock(object);
    pthread_mutex_unlock(&b);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    object = from_pool();
    turn_end();
    turn_wait(2);
    object = from_pool();
    turn_end();
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
