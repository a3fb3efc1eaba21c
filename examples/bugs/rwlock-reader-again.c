/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-reader-again: one who reads reads again, of a lock that prefers
 * writers.
 * lockval: bug inversion inversion locks=a
 *
 * A writer that comes between the two waits for the first read, and the second
 * for it. Here the writer comes later.
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-reader-again */
#define _GNU_SOURCE 1 /* PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP */
#include "turns.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void *reader(void *unused)
{
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_rwlock_unlock(&a);
    turn_end();
    return unused;
}

static void *writer(void *unused)
{
    turn_wait(1);
    pthread_rwlock_wrlock(&a);
    pthread_rwlock_unlock(&a);
    return unused;
}

int main(void)
{
    run_two(reader, writer);
    return 0;
}
