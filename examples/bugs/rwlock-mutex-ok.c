/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-mutex-ok: a mutex under a read lock, and a read lock under the mutex.
 * lockval: ok silent
 *
 * The two share the read lock, so the one with the mutex never waits for it.
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-mutex-ok */
#include "turns.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    pthread_rwlock_rdlock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_rwlock_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&b);
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
