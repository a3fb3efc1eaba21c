/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-stack-loop-ok: a frame entered again is another frame.
 * lockval: ok
 *
 * No call tells that the first mutex ended, and the second lies where it lay.
 * Exits 1 if it does not.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-stack-loop-ok */
#include "turns.h"
#include <stdint.h>

static volatile unsigned frames = 2; /* keeps the loop, with one call, a loop */
static pthread_mutex_t *current;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(current);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(current);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
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
        turn_wait(turn + 2);
    }
    current = NULL;
    return place;
}

int main(void)
{
    pthread_t one, two;
    uintptr_t seen[2];
    unsigned i;

    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    for (i = 0; i < frames; i++)
        seen[i] = frame(2 * i, 1);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return seen[0] == seen[1] ? 0 : 1;
}
