/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-write-leg: one writes both, the other reads both the other way.
 * lockval: bug inversion inversion locks=a,b
 *
 * One leg that writes is enough, if what it waits for is held by a reader.
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-write-leg */
#include "turns.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER;

static void *first(void *unused)
{
    pthread_rwlock_wrlock(&a);
    pthread_rwlock_wrlock(&b);
    pthread_rwlock_unlock(&b);
    pthread_rwlock_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_rwlock_rdlock(&b);
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_rwlock_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
