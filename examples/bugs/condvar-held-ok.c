/* SPDX-License-Identifier: BSD-2-Clause */
/* condvar-held-ok: conditions are waited for with locks that need nobody.
 * lockval: ok silent
 *
 * The signaller of the one takes another lock; that of the other tells first
 * that it is past the lock, and is waited for until it has.
 * Run: build/tools/lockval run -- build/examples/bugs/condvar-held-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_ready = PTHREAD_COND_INITIALIZER;
static pthread_cond_t is_past = PTHREAD_COND_INITIALIZER;
static int ready, past; /* under m */

static void tell(void)
{
    pthread_mutex_lock(&m);
    ready = 1;
    pthread_cond_signal(&is_ready);
    pthread_mutex_unlock(&m);
}

static void await_past(void)
{
    pthread_mutex_lock(&m);
    while (!past)
        pthread_cond_wait(&is_past, &m);
    pthread_mutex_unlock(&m);
}

static void *first(void *unused)
{
    await_past();
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
    pthread_mutex_lock(&m);
    past = 1;
    pthread_cond_signal(&is_past);
    pthread_mutex_unlock(&m);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    turn_wait(1);
    tell();
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
