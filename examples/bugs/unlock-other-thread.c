/* SPDX-License-Identifier: BSD-2-Clause */
/* unlock-other-thread: one thread locks, another unlocks.
 * lockval: bug unlock-other-thread locks=a
 *
 * A mutex has an owner; what passes from hand to hand is a semaphore.
 * Run: build/tools/lockval run -- build/examples/bugs/unlock-other-thread */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    turn_end();
    turn_wait(2); /* outlives the hold that it lost */
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
