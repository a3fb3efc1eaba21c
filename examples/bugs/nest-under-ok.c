/* SPDX-License-Identifier: BSD-2-Clause */
/* nest-under-ok: two of one class in either order, under a lock that allows it.
 * lockval: ok silent
 *
 * Without the annotation it would be told, as `guarded`.
 * Run: build/tools/lockval run -- build/examples/bugs/nest-under-ok */
#include "turns.h"
#include <lockval.h>

static const struct lockval_class dir_class = {"dir", 0};
static pthread_mutex_t dir[4]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */

static pthread_mutex_t all = PTHREAD_MUTEX_INITIALIZER;

/* Both of one class, and in whatever order they come: the outer lock
 * lets one thread at a time do so. */
static void take_both(int one, int other)
{
    pthread_mutex_lock(&all);
    pthread_mutex_lock(&dir[one]);
    lockval_next_nest_under(&all);
    pthread_mutex_lock(&dir[other]);
    pthread_mutex_unlock(&dir[other]);
    pthread_mutex_unlock(&dir[one]);
    pthread_mutex_unlock(&all);
}

static void *first(void *unused)
{
    take_both(0, 1);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    take_both(1, 0);
    return unused;
}

int main(void)
{
    int i;

    for (i = 0; i < 4; i++)
        lockval_set_class(&dir[i], &dir_class);
    run_two(first, second);
    return 0;
}
