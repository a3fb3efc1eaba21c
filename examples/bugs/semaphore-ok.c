/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore-ok: one that serves as a mutex, and a mutex, in one order.
 * lockval: ok silent
 *
 * The other semaphore is posted by who did not wait for it: it is an event, and
 * has no order.
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore-ok */
#include "turns.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t s, event;

/* That it is a mutex shows in use. */
static void use(void)
{
    sem_wait(&s);
    sem_post(&s);
}

static void *first(void *unused)
{
    use();
    use();
    pthread_mutex_lock(&a);
    sem_wait(&s);
    sem_post(&s);
    sem_wait(&event);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    sem_post(&event);
    sem_wait(&event);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    sem_post(&event);
    pthread_mutex_lock(&a);
    sem_wait(&s);
    sem_post(&s);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    sem_init(&s, 0, 1);
    sem_init(&event, 0, 1);
    run_two(first, second);
    sem_destroy(&event);
    sem_destroy(&s);
    return 0;
}
