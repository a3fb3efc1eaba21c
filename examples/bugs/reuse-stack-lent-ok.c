/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-stack-lent-ok: a frame ends the locks that it only lent to others.
 * lockval: ok
 *
 * No call tells that the first mutex ended, and the second lies where it lay.
 * Exits 1 if it does not.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-stack-lent-ok */
#include "turns.h"
#include <stdint.h>

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

    current = &slot;
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
    uintptr_t before, after;

    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    before = frame(0, 1);
    after = frame(2, 1);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return before == after ? 0 : 1;
}
