/* SPDX-License-Identifier: BSD-2-Clause */
/* once: an initialiser takes the mutex under which others wait for it.
 * lockval: bug wait-inversion inversion locks=a,once
 *
 * One thread initialises and takes a; the other has a and waits until it is
 * done. Here a was free again by then; it need not be.
 * Run: build/tools/lockval run -- build/examples/bugs/once */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    turn_end();
    usleep(100000); /* so that the other comes to wait */
}

static void *first(void *unused)
{
    pthread_once(&once, initialise);
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
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
