/* SPDX-License-Identifier: BSD-2-Clause */
/* join-told-ok: a thread is joined under the mutex that it took last when it
 * said that it is done.
 * lockval: ok silent
 *
 * Who joins it has waited for that in the same hold, so it is past the mutex.
 * What it signalled before, and other mutexes it takes after, do not matter.
 * Run: build/tools/lockval run -- build/examples/bugs/join-told-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER;
static int count;

static void *work(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_cond_signal(&begun);
    pthread_mutex_unlock(&a);
    turn_wait(1);
    pthread_mutex_lock(&a);
    count++;
    pthread_cond_signal(&done);
    pthread_mutex_unlock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, work, NULL);
    pthread_mutex_lock(&a);
    turn_end();
    while (count == 0)
        pthread_cond_wait(&done, &a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    return 0;
}
