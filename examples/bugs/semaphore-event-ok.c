/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore-event-ok: semaphores whose posters do without the waiters' locks.
 * lockval: ok silent
 *
 * a is taken before a post that is waited for without it; and the later post
 * does without it. A wait with a limit ends by itself.
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore-event-ok */
#include "turns.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t past, done;

static void *first(void *unused)
{
    struct timespec over = {0, 0};

    sem_wait(&past);
    pthread_mutex_lock(&a);
    sem_timedwait(&past, &over);
    turn_end();
    sem_wait(&done);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    sem_post(&past);
    turn_wait(1);
    sem_post(&done);
    return unused;
}

int main(void)
{
    sem_init(&past, 0, 0);
    sem_init(&done, 0, 0);
    run_two(first, second);
    sem_destroy(&done);
    sem_destroy(&past);
    return 0;
}
