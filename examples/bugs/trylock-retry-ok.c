/* SPDX-License-Identifier: BSD-2-Clause */
/* trylock-retry-ok: a try that fails, and lets go before it waits.
 * lockval: ok silent
 *
 * The back-off of std::lock: never wait for b with a in hand.
 * Run: build/tools/lockval run -- build/examples/bugs/trylock-retry-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_wait(1); /* b is held: the try fails */
    pthread_mutex_lock(&a);
    if (pthread_mutex_trylock(&b) != 0) {
        turn_end();
        pthread_mutex_unlock(&a);
        pthread_mutex_lock(&b);
        pthread_mutex_unlock(&b);
        pthread_mutex_lock(&a);
    }
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
