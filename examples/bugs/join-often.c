/* SPDX-License-Identifier: BSD-2-Clause */
/* join-often: a thread says a dozen times how far it is, and takes the mutex
 * once more.
 * lockval: bug wait-inversion inversion locks=a,a*thread's*end
 *
 * Who joins it under the mutex has waited for the last of these, with the
 * mutex; but the thread needs it again, and if it comes later, they wait for
 * each other.
 * Run: build/tools/lockval run -- build/examples/bugs/join-often */
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
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
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
    pthread_mutex_unlock(&a);
    turn_wait(2);
    pthread_mutex_lock(&a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    return 0;
}
