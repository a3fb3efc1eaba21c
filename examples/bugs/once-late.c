/* SPDX-License-Identifier: BSD-2-Clause */
/* once-late: it is done before anyone has to wait under the mutex it takes.
 * lockval: bug wait-inversion inversion locks=a,once
 *
 * The second thread comes when all is done, by luck: nothing makes it.
 * Run: build/tools/lockval run -- build/examples/bugs/once-late */
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
