/* SPDX-License-Identifier: BSD-2-Clause */
/* abba: two threads take two mutexes in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * The threads take turns, so it never hangs; without the turns it could.
 * Run: build/tools/lockval run -- build/examples/bugs/abba */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
