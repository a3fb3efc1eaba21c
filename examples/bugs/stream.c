/* SPDX-License-Identifier: BSD-2-Clause */
/* stream: a stream and a mutex are locked in opposite orders.
 * lockval: bug inversion inversion
 *
 * flockfile is a lock that whole lines of a log often hold.
 * Run: build/tools/lockval run -- build/examples/bugs/stream */
#include "turns.h"
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

/* Some lines that nobody else's come between, under a. */
static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    flockfile(stdout);
    puts("two");
    puts("lines");
    funlockfile(stdout);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    flockfile(stdout);
    puts("of what");
    pthread_mutex_lock(&a);
    puts("a guards");
    pthread_mutex_unlock(&a);
    funlockfile(stdout);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
