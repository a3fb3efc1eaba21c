/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore: one that serves as a mutex, and a mutex, in opposite orders.
 * lockval: bug wait-inversion inversion locks=a,s
 *
 * Nobody but who waited for it ever posts it.
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore */
#include "turns.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t s;

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
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    sem_wait(&s);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    sem_post(&s);
    return unused;
}

int main(void)
{
    sem_init(&s, 0, 1);
    run_two(first, second);
    sem_destroy(&s);
    return 0;
}
