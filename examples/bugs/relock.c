/* SPDX-License-Identifier: BSD-2-Clause */
/* relock: a thread waits for the mutex that it holds itself.
 * lockval: bug self-deadlock deadlock locks=a
 *
 * It gives up when the time is over, and so can end; pthread_mutex_lock would
 * not.
 * Run: build/tools/lockval run -- build/examples/bugs/relock */
#include "turns.h"
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    struct timespec past = {0, 0};

    pthread_mutex_lock(&a);
    pthread_mutex_timedlock(&a, &past);
    pthread_mutex_unlock(&a);
    return 0;
}
