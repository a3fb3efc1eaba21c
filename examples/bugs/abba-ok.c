/* SPDX-License-Identifier: BSD-2-Clause */
/* abba-ok: two threads take two mutexes in the same order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/abba-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    run_two(work, work);
    return 0;
}
