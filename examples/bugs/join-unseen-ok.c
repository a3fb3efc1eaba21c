/* SPDX-License-Identifier: BSD-2-Clause */
/* join-unseen-ok: a thread is joined under the mutex in which it signalled that
 * it is done; who joins it saw that, and did not need to wait.
 * lockval: ok ordered
 *
 * That the joiner looked is not to be seen, so it is a hint.
 * Run: build/tools/lockval run -- build/examples/bugs/join-unseen-ok */
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
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, work, NULL);
    turn_wait(1);
    pthread_mutex_lock(&a);
    while (count == 0)
        pthread_cond_wait(&done, &a);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&a);
    return 0;
}
