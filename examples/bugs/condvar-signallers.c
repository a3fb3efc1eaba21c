/* SPDX-License-Identifier: BSD-2-Clause */
/* condvar-signallers: a condition whose every signaller takes a lock is waited
 * for with it.
 * lockval: bug wait-inversion inversion locks=a,is_ready
 *
 * Two threads signal, each on its own path, and both take a before.
 * Run: build/tools/lockval run -- build/examples/bugs/condvar-signallers */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_ready = PTHREAD_COND_INITIALIZER;
static int ready; /* under m */

static void tell(void)
{
    pthread_mutex_lock(&m);
    ready++;
    pthread_cond_signal(&is_ready);
    pthread_mutex_unlock(&m);
}

static void *first(void *unused)
{
    turn_wait(2);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&m);
    turn_end();
    while (ready < 2)
        pthread_cond_wait(&is_ready, &m);
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *second(void *turn)
{
    turn_wait((unsigned)(size_t)turn - 1);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
    turn_wait(3);
    tell(); /* m is free once the first thread waits */
    return turn;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, second};

    run_threads(body, 3);
    return 0;
}
