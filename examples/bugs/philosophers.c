/* SPDX-License-Identifier: BSD-2-Clause */
/* philosophers: five, who take the left fork first.
 * lockval: bug inversion inversion locks=fork_*{5}
 *
 * Run: build/tools/lockval run -- build/examples/bugs/philosophers */
#include "turns.h"

static pthread_mutex_t fork_[5] = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER};

static void *dine(void *unused)
{
    unsigned seat = (unsigned)(size_t)unused;
    unsigned left = seat, right = (seat + 1) % 5;

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
