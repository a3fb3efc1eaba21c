/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore-mutexes-ok: two in opposite orders that are no mutexes in the end.
 * lockval: ok silent
 *
 * Another thread posts one of them: it hands on a turn, and excludes nobody.
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore-mutexes-ok */
#include "turns.h"
#include <semaphore.h>

static sem_t a, b;

static void *first(void *unused)
{
    sem_wait(&a);
    sem_wait(&b);
    sem_post(&b);
    sem_post(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    sem_wait(&b);
    sem_wait(&a);
    sem_post(&a);
    turn_end();
    return unused;
}

static void *third(void *unused)
{
    turn_wait(2);
    sem_post(&b);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third};

    sem_init(&a, 0, 1);
    sem_init(&b, 0, 1);
    run_threads(body, 3);
    sem_destroy(&b);
    sem_destroy(&a);
    return 0;
}
