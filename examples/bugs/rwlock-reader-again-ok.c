/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-reader-again-ok: nobody writes as long as somebody can read.
 * lockval: ok silent
 *
 * One who wrote before and one who writes afterwards cannot come between.
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-reader-again-ok */
#define _GNU_SOURCE 1 /* PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP */
#include "turns.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void *reader(void *unused)
{
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_rdlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_rwlock_unlock(&a);
    return unused;
}

static void write_it(void)
{
    pthread_rwlock_wrlock(&a);
    pthread_rwlock_unlock(&a);
}

int main(void)
{
    write_it();
    run_two(reader, reader);
    write_it();
    return 0;
}
