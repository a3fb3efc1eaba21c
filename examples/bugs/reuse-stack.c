/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-stack: a mutex in a stack frame keeps its order while the frame lives.
 * lockval: bug inversion inversion locks=*,b
 *
 * The twin calls the function twice.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-stack */
#include "turns.h"
#include <stdint.h>

static pthread_mutex_t *current;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_reach(1);
    pthread_mutex_lock(current);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(current);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_reach(1);
    turn_wait(3);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(current);
    pthread_mutex_unlock(current);
    pthread_mutex_unlock(&b);
    turn_end();
    return unused;
}

/* The mutex lives in this frame, for `rounds` turns of the workers. */
static __attribute__((noinline)) uintptr_t frame(unsigned turn, int rounds)
{
    pthread_mutex_t slot = PTHREAD_MUTEX_INITIALIZER;
    uintptr_t place = (uintptr_t)&slot;

    pthread_mutex_lock(&slot);
    current = &slot;
    pthread_mutex_unlock(&slot);
    for (; rounds > 0; rounds--, turn += 2) {
        turn_end();
        turn_reach(turn + 2);
    }
    current = NULL;
    return place;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    frame(0, 2);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
