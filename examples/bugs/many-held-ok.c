/* SPDX-License-Identifier: BSD-2-Clause */
/* many-held-ok: two hundred locks at once, and the first before the last.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/many-held-ok */
#include "turns.h"

enum { COUNT = 200 };
static pthread_mutex_t held[COUNT]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */

static void *first(void *unused)
{
    size_t i;

    for (i = 0; i < COUNT; i++)
        pthread_mutex_lock(&held[i]);
    while (i-- > 0)
        pthread_mutex_unlock(&held[i]);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&held[0]);
    pthread_mutex_lock(&held[COUNT - 1]);
    pthread_mutex_unlock(&held[COUNT - 1]);
    pthread_mutex_unlock(&held[0]);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
