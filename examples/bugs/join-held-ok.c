/* SPDX-License-Identifier: BSD-2-Clause */
/* join-held-ok: threads are joined under mutexes that they do not wait for.
 * lockval: ok silent
 *
 * The one takes another mutex, and only tries this one; the other, which takes
 * it, was joined without.
 * Run: build/tools/lockval run -- build/examples/bugs/join-held-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *other(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *work(void *unused)
{
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    if (pthread_mutex_trylock(&a) == 0)
        pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, other, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, work, NULL);
    turn_wait(1);
    pthread_mutex_lock(&a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    return 0;
}
