/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-writer-preferred: two readers, where a waiting writer goes first.
 * lockval: bug inversion inversion locks=a,b
 *
 * Locks that prefer writers make a reader wait behind one. With a writer
 * waiting at each lock, two readers in opposite orders never end. Here the
 * writers come later.
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-writer-preferred
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "turns.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_rwlock_t b = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void *first(void *unused)
{
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_rdlock(&b);
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
    turn_end();
    return unused;
}

static void write_it(pthread_rwlock_t *lock, unsigned turn)
{
    turn_wait(turn);
    pthread_rwlock_wrlock(lock);
    pthread_rwlock_unlock(lock);
    turn_end();
}

static void *third(void *unused)
{
    write_it(&a, 2);
    return unused;
}

static void *fourth(void *unused)
{
    write_it(&b, 3);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {first, second, third, fourth};

    run_threads(body, 4);
    return 0;
}
