/* SPDX-License-Identifier: BSD-2-Clause */
/* join-held: a thread is joined under the mutex that it takes.
 * lockval: bug wait-inversion inversion locks=a,a*thread's*end
 *
 * It had given a back by then; if it comes later, it waits for the joiner, who
 * waits for its end. b, which it does not take, is no matter.
 * Run: build/tools/lockval run -- build/examples/bugs/join-held */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, work, NULL);
    turn_wait(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return 0;
}
