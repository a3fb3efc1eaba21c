/* SPDX-License-Identifier: BSD-2-Clause */
/* join-unseen: a thread is joined under the mutex that it takes; what it
 * signalled was not for who joins it.
 * lockval: bug wait-inversion inversion locks=a,a*thread's*end
 *
 * Nobody has waited for it, and it was signalled after the mutex was given
 * back: nothing tells the joiner that the thread is past the mutex.
 * Run: build/tools/lockval run -- build/examples/bugs/join-unseen */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t free_room = PTHREAD_COND_INITIALIZER;

static void *work(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_cond_signal(&free_room);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, work, NULL);
    turn_wait(1);
    pthread_mutex_lock(&a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    return 0;
}
