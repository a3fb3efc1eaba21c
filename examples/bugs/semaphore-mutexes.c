/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore-mutexes: two that serve as mutexes, in opposite orders.
 * lockval: bug wait-inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore-mutexes */
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
    sem_post(&b);
    return unused;
}

int main(void)
{
    sem_init(&a, 0, 1);
    sem_init(&b, 0, 1);
    run_two(first, second);
    sem_destroy(&b);
    sem_destroy(&a);
    return 0;
}
