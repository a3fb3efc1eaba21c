/* SPDX-License-Identifier: BSD-2-Clause */
/* join-often-ok: a thread says a dozen times how far it is, the last time with
 * the mutex that it takes no more, and is joined under that.
 * lockval: ok silent
 *
 * Who joins it has waited for that in the same hold, so it is past the mutex.
 * Run: build/tools/lockval run -- build/examples/bugs/join-often-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static int count;

static void *work(void *unused)
{
    int i;

    turn_wait(1);
    for (i = 0; i < 12; i++) {
        pthread_mutex_lock(&a);
        count++;
        pthread_cond_signal(&done);
        pthread_mutex_unlock(&a);
    }
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, work, NULL);
    pthread_mutex_lock(&a);
    turn_end();
    while (count < 12)
        pthread_cond_wait(&done, &a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    return 0;
}
