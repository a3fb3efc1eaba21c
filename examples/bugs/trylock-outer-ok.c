/* SPDX-License-Identifier: BSD-2-Clause */
/* trylock-outer-ok: try, and let go of all where it fails.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/trylock-outer-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER;

static void lock_both(pthread_mutex_t *one, pthread_mutex_t *other)
{
    pthread_mutex_lock(one);
    while (pthread_mutex_trylock(other) != 0) {
        pthread_mutex_t *swap = one;

        pthread_mutex_unlock(one);
        one = other;
        other = swap;
        pthread_mutex_lock(one);
    }
}

static void *first(void *unused)
{
    lock_both(&a, &b);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    lock_both(&b, &a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
