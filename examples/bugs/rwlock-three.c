/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-three: each reads one lock and waits to write the next.
 * lockval: bug inversion inversion locks=a,b,c
 *
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-three */
#include "turns.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER,
                        b = PTHREAD_RWLOCK_INITIALIZER,
                        c = PTHREAD_RWLOCK_INITIALIZER;

static void read_both(pthread_rwlock_t *outer, pthread_rwlock_t *inner)
{
    pthread_rwlock_rdlock(outer);
    pthread_rwlock_rdlock(inner);
    pthread_rwlock_unlock(inner);
    pthread_rwlock_unlock(outer);
}

static void write_inner(pthread_rwlock_t *outer, pthread_rwlock_t *inner)
{
    pthread_rwlock_rdlock(outer);
    pthread_rwlock_wrlock(inner);
    pthread_rwlock_unlock(inner);
    pthread_rwlock_unlock(outer);
}

static void *first(void *unused)
{
    write_inner(&a, &b);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    write_inner(&b, &c);
    read_both(&b, &c);
    turn_end();
    return unused;
}

static void *third(void *unused)
{
    turn_wait(2);
    write_inner(&c, &a);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third};

    run_threads(body, 3);
    return 0;
}
