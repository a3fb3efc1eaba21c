/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-sem: two processes take two named semaphores, which serve as mutexes,
 * in opposite orders.
 * lockval: bug wait-inversion inversion
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-sem */
#include "processes.h"
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>

static char path[2][64];

static sem_t *open_one(int n)
{
    sem_t *semaphore = sem_open(path[n], O_CREAT, 0600, 1);

    if (semaphore == SEM_FAILED)
        _exit(1);
    return semaphore;
}

/* Twice taken and given back shows what it serves as. */
static void take_both(int outer_one, int inner_one)
{
    sem_t *outer = open_one(outer_one), *inner = open_one(inner_one);
    int i;

    for (i = 0; i < 4; i++) {
        sem_wait(outer);
        sem_wait(inner);
        sem_post(inner);
        sem_post(outer);
    }
    sem_close(outer);
    sem_close(inner);
}

static void first(void)
{
    take_both(0, 1);
    turn_end();
}

static void second(void)
{
    turn_wait();
    take_both(1, 0);
}

int main(void)
{
    int status, i;

    for (i = 0; i < 2; i++)
        snprintf(path[i], sizeof(path[i]), "/lockval-sem-%d-%d", i, getpid());
    status = run_both(first, second);
    for (i = 0; i < 2; i++)
        sem_unlink(path[i]);
    return status;
}
