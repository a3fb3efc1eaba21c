/* SPDX-License-Identifier: BSD-2-Clause */
/* forty-locks: a ring of forty, each thread holding one and wanting the next.
 * lockval: bug inversion inversion locks=ring*{40}
 *
 * The philosophers' dinner. The cycle is as long as the ring.
 * Run: build/tools/lockval run -- build/examples/bugs/forty-locks */
#include "turns.h"

enum { COUNT = 40 };
static pthread_mutex_t ring[COUNT]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */

static void *philosopher(void *argument)
{
    size_t seat = (size_t)argument;

    turn_wait((unsigned)seat);
    pthread_mutex_lock(&ring[seat]);
    pthread_mutex_lock(&ring[(seat + 1) % COUNT]);
    pthread_mutex_unlock(&ring[(seat + 1) % COUNT]);
    pthread_mutex_unlock(&ring[seat]);
    turn_end();
    return NULL;
}

int main(void)
{
    void *(*body[COUNT])(void *);
    size_t i;

    for (i = 0; i < COUNT; i++)
        body[i] = philosopher;
    run_threads(body, COUNT);
    return 0;
}
