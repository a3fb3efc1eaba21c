/* SPDX-License-Identifier: BSD-2-Clause */
/* subclass-ok: a parent before its child, always.
 * lockval: ok silent
 *
 * Two locks of one class at once; the subclasses say why that is in order.
 * Run: build/tools/lockval run -- build/examples/bugs/subclass-ok */
#include "turns.h"
#include <lockval.h>

static const struct lockval_class dir_class = {"dir", 0};
static pthread_mutex_t dir[4]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */

/* `outer` and `inner` say what the two are to each other: 0 the parent, 1 the
 * child. */
static void take_both(int outer, uint32_t outer_is, int inner,
                      uint32_t inner_is)
{
    lockval_next_subclass(outer_is);
    pthread_mutex_lock(&dir[outer]);
    lockval_next_subclass(inner_is);
    pthread_mutex_lock(&dir[inner]);
    pthread_mutex_unlock(&dir[inner]);
    pthread_mutex_unlock(&dir[outer]);
}

static void *first(void *unused)
{
    take_both(0, 0, 1, 1);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    take_both(3, 0, 2, 1);
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
