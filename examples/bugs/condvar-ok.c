/* SPDX-License-Identifier: BSD-2-Clause */
/* condvar-ok: b is let go before the wait.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/condvar-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_ready = PTHREAD_COND_INITIALIZER;
static int ready; /* under a */

/* Waits with a alone: giving it up and taking it again orders nothing. */
static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    turn_end();
    while (!ready)
        pthread_cond_wait(&is_ready, &a);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&a); /* free once the first thread waits */
    ready = 1;
    pthread_cond_signal(&is_ready);
    pthread_mutex_unlock(&a);

    turn_wait(2);
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
