/* SPDX-License-Identifier: BSD-2-Clause */
/* philosophers-ok: five, who take the lower fork first.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/philosophers-ok */
#include "turns.h"

static pthread_mutex_t fork_[5] = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER};

static void *dine(void *unused)
{
    unsigned seat = (unsigned)(size_t)unused;
    unsigned left = seat < 4 ? seat : 0, right = seat < 4 ? seat + 1 : 4;

    turn_wait(seat);
    pthread_mutex_lock(&fork_[left]);
    pthread_mutex_lock(&fork_[right]);
    pthread_mutex_unlock(&fork_[right]);
    pthread_mutex_unlock(&fork_[left]);
    turn_end();
    return NULL;
}

int main(void)
{
    void *(*const body[])(void *) = {dine, dine, dine, dine, dine};

    run_threads(body, 5);
    return 0;
}
