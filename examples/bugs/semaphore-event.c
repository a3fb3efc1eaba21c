/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore-event: a semaphore is waited for with a lock that its poster takes.
 * lockval: bug wait-inversion inversion locks=a,done
 *
 * The poster had given a back by then; if it comes later it waits for a, and
 * the owner of a waits for its post.
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore-event */
#include "turns.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t done;

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&a);
    turn_end();
    sem_wait(&done);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
    turn_wait(2);
    sem_post(&done);
    return unused;
}

int main(void)
{
    sem_init(&done, 0, 0);
    run_two(first, second);
    sem_destroy(&done);
    return 0;
}
