/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-private-ok: two processes take two mutexes in opposite orders, each its
 * own copies in private memory: no thread can wait for the other. That the
 * program has both orders is a hint, since one process may do both some day.
 * lockval: ok class-inferred
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-private-ok */
#include <pthread.h>

#include "processes.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void first(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
}

static void second(void)
{
    turn_wait();
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

int main(void)
{
    return run_both(first, second);
}
