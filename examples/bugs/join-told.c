/* SPDX-License-Identifier: BSD-2-Clause */
/* join-told: a thread says that it is done, and takes the mutex once more.
 * lockval: bug wait-inversion inversion locks=a,a*thread's*end
 *
 * Who joins it under the mutex has waited for that, with the mutex; but the
 * thread needs it again, and if it comes later, they wait for each other.
 * Run: build/tools/lockval run -- build/examples/bugs/join-told */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static int count;

static void *work(void *unused)
{
    pthread_mutex_lock(&a);
    count++;
    pthread_cond_signal(&done);
    pthread_mutex_unlock(&a);
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
    while (count == 0)
        pthread_cond_wait(&done, &a);
    pthread_mutex_unlock(&a);
    turn_wait(1);
    pthread_mutex_lock(&a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    return 0;
}
