/* SPDX-License-Identifier: BSD-2-Clause */
/* novalidate: opposite orders, of two declared classes.
 * lockval: bug inversion inversion locks=dir,other
 *
 * The twin takes one of them out of the order.
 * Run: build/tools/lockval run -- build/examples/bugs/novalidate */
#include "turns.h"
#include <lockval.h>

static const struct lockval_class dir_class = {"dir", 0};
static const struct lockval_class other_class = {"other", 0};
static pthread_mutex_t dir[4]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

static void take_both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static void *first(void *unused)
{
    take_both(&dir[0], &other);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    take_both(&other, &dir[0]);
    return unused;
}

int main(void)
{
    int i;

    for (i = 0; i < 4; i++)
        lockval_set_class(&dir[i], &dir_class);
    lockval_set_class(&other, &other_class);
    run_two(first, second);
    return 0;
}
