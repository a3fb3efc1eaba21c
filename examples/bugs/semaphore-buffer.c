/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore-buffer: a bounded buffer's mutex is taken before its semaphores.
 * lockval: bug wait-inversion inversion locks=a,items
 * lockval: bug wait-inversion inversion locks=a,spaces
 *
 * Who finds it empty waits with a in hand, without which nobody can fill it;
 * and who finds it full likewise. Here it never was, at the wrong time.
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore-buffer */
#include "turns.h"
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t spaces, items;
static int buffer[4];
static unsigned in, out; /* under a */

static void put(int value)
{
    pthread_mutex_lock(&a);
    sem_wait(&spaces);
    buffer[in++ % 4] = value;
    sem_post(&items);
    pthread_mutex_unlock(&a);
}

static void get(void)
{
    pthread_mutex_lock(&a);
    sem_wait(&items);
    buffer[out++ % 4] = 0;
    sem_post(&spaces);
    pthread_mutex_unlock(&a);
}

static void *produce(void *unused)
{
    int i;

    for (i = 0; i < 4; i++)
        put(i);
    turn_end();
    turn_wait(2);
    for (i = 0; i < 4; i++)
        put(i);
    turn_end();
    return unused;
}

static void *consume(void *unused)
{
    int i;

    turn_wait(1);
    for (i = 0; i < 4; i++)
        get();
    turn_end();
    turn_wait(3);
    for (i = 0; i < 4; i++)
        get();
    return unused;
}

int main(void)
{
    sem_init(&spaces, 0, 4);
    sem_init(&items, 0, 0);
    run_two(produce, consume);
    sem_destroy(&items);
    sem_destroy(&spaces);
    return 0;
}
