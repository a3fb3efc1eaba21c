/* SPDX-License-Identifier: BSD-2-Clause */
/* unlock-other-thread-ok: one thread hands over by a semaphore.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/unlock-other-thread-ok */
#include "turns.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t done;

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    sem_post(&done);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    sem_wait(&done);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    sem_init(&done, 0, 0);
    run_two(first, second);
    sem_destroy(&done);
    return 0;
}
