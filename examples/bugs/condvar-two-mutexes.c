/* SPDX-License-Identifier: BSD-2-Clause */
/* condvar-two-mutexes: one condition variable, waited for with two mutexes.
 * lockval: bug wait-inversion locks=a,b
 *
 * POSIX leaves undefined what a signal does while both wait.
 * Run: build/tools/lockval run -- build/examples/bugs/condvar-two-mutexes */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int now; /* under a in one thread, under b in the other */

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    turn_end();
    while (now < 1)
        pthread_cond_wait(&changed, &a);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&a); /* free once the first thread waits */
    pthread_mutex_unlock(&a);
    pthread_mutex_lock(&b);
    turn_end();
    while (now < 1)
        pthread_cond_wait(&changed, &b);
    pthread_mutex_unlock(&b);
    return unused;
}

static void *third(void *unused)
{
    turn_wait(2);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    now = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third};

    run_threads(body, 3);
    return 0;
}
