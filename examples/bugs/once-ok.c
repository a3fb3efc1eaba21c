/* SPDX-License-Identifier: BSD-2-Clause */
/* once-ok: an initialiser takes a mutex that nobody has who waits for it.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/once-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
    usleep(100000);
}

static void *first(void *unused)
{
    pthread_once(&once, initialise);
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_once(&once, initialise);
    pthread_mutex_lock(&a);
    pthread_once(&once, initialise); /* done: nobody waits here any more */
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
