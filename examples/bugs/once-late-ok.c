/* SPDX-License-Identifier: BSD-2-Clause */
/* once-late-ok: each thread sees to it that it is done before it locks.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/once-late-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
}

static void *first(void *unused)
{
    pthread_once(&once, initialise);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_once(&once, initialise);
    pthread_mutex_lock(&a);
    pthread_once(&once, initialise);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
