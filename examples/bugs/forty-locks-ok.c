/* SPDX-License-Identifier: BSD-2-Clause */
/* forty-locks-ok: a ring of forty, the lower number first.
 * lockval: ok silent
 *
 * The last of the philosophers reaches for the other fork first.
 * Run: build/tools/lockval run -- build/examples/bugs/forty-locks-ok */
#include "turns.h"

enum { COUNT = 40 };
static pthread_mutex_t ring[COUNT]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */

static void *philosopher(void *argument)
{
    size_t seat = (size_t)argument;
    size_t low = seat + 1 < COUNT ? seat : 0;
    size_t high = seat + 1 < COUNT ? seat + 1 : seat;

    turn_wait((unsigned)seat);
    pthread_mutex_lock(&ring[low]);
    pthread_mutex_lock(&ring[high]);
    pthread_mutex_unlock(&ring[high]);
    pthread_mutex_unlock(&ring[low]);
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
