/* SPDX-License-Identifier: BSD-2-Clause */
/* trylock-retry: a try that fails, and then waits after all.
 * lockval: bug inversion inversion locks=a,b
 *
 * A spin before the sleep. The wait is an order like any other.
 * Run: build/tools/lockval run -- build/examples/bugs/trylock-retry */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_wait(1); /* b is held: the try fails */
    pthread_mutex_lock(&a);
    if (pthread_mutex_trylock(&b) != 0) {
        turn_end();
        pthread_mutex_lock(&b);
    }
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    pthread_mutex_lock(&b);
    turn_end();
    turn_wait(2);
    pthread_mutex_unlock(&b);
    turn_wait(3);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
