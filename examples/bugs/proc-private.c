/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-private: a forked child takes two mutexes in its private memory in
 * opposite orders, by two threads. Its parent takes none.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-private */
#include <pthread.h>

#include "processes.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void first(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
}

static void second(void)
{
    turn_wait();
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void *run_second(void *unused)
{
    second();
    return unused;
}

static void both(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run_second, NULL) != 0)
        _exit(1);
    first();
    pthread_join(thread, NULL);
}

int main(void)
{
    return pipe(turn_pipe) == 0 && wait_for(run_child(both)) ? 0 : 1;
}
