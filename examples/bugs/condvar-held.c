/* SPDX-License-Identifier: BSD-2-Clause */
/* condvar-held: a condition is waited for with a lock that its signaller takes.
 * lockval: bug wait-inversion inversion locks=a,is_ready
 *
 * The signaller had given a back by then. If it comes later it waits for a, and
 * never signals what the owner of a waits for.
 * Run: build/tools/lockval run -- build/examples/bugs/condvar-held */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_ready = PTHREAD_COND_INITIALIZER;
static int ready; /* under m */

static void tell(void)
{
    pthread_mutex_lock(&m);
    ready = 1;
    pthread_cond_signal(&is_ready);
    pthread_mutex_unlock(&m);
}

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&m);
    turn_end();
    while (!ready)
        pthread_cond_wait(&is_ready, &m);
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
    turn_wait(2);
    tell(); /* m is free once the first thread waits */
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
