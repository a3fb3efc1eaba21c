/* SPDX-License-Identifier: BSD-2-Clause */
/* nest-under: two of one class in either order.
 * lockval: bug inversion inversion locks=dir*,dir*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/nest-under */
#include "turns.h"
#include <lockval.h>

static const struct lockval_class dir_class = {"dir", 0};
static pthread_mutex_t dir[4]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */

/* Both of one class, and in whatever order they come. */
static void take_both(int one, int other)
{
    pthread_mutex_lock(&dir[one]);
    pthread_mutex_lock(&dir[other]);
    pthread_mutex_unlock(&dir[other]);
    pthread_mutex_unlock(&dir[one]);
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
