/* SPDX-License-Identifier: BSD-2-Clause */
/* once-order: a start-up that a thread does not wait for.
 * lockval: bug inversion inversion locks=a,b
 *
 * The second thread asks only after it has nested its own way.
 * Run: build/tools/lockval run -- build/examples/bugs/once-order */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
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
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    pthread_once(&once, initialise);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
