/* SPDX-License-Identifier: BSD-2-Clause */
/* condvar-two-mutexes-ok: one condition variable, with one mutex at a time.
 * lockval: ok silent
 *
 * While nobody waits, it may be bound to another.
 * Run: build/tools/lockval run -- build/examples/bugs/condvar-two-mutexes-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int now; /* under a, then under b */

static void wait_for(pthread_mutex_t *mutex, int value)
{
    pthread_mutex_lock(mutex);
    turn_end();
    while (now < value)
        pthread_cond_wait(&changed, mutex);
    pthread_mutex_unlock(mutex);
}

static void *first(void *unused)
{
    wait_for(&a, 1);
    turn_end();
    turn_wait(4);
    wait_for(&b, 3);
    return unused;
}

static void *second(void *unused)
{
    turn_wait(3);
    wait_for(&b, 2);
    return unused;
}

static void tell(pthread_mutex_t *mutex, int value)
{
    pthread_mutex_lock(mutex); /* free once the other waits */
    now = value;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(mutex);
}

static void *third(void *unused)
{
    turn_wait(1);
    tell(&a, 1);
    turn_wait(2);
    turn_end();
    turn_wait(5);
    tell(&b, 3);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third};

    run_threads(body, 3);
    return 0;
}
