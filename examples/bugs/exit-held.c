/* SPDX-License-Identifier: BSD-2-Clause */
/* exit-held: a thread ends with a lock in its hands.
 * lockval: bug exit-held locks=a
 *
 * Whoever wants it next waits for ever.
 * Run: build/tools/lockval run -- build/examples/bugs/exit-held */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
    pthread_mutex_lock(&a);
    return unused;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
    return 0;
}
