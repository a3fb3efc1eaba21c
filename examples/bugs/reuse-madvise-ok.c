/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-madvise-ok: a mutex in pages of a pool is another one after the pool
 * gave them back.
 * lockval: ok silent
 *
 * Allocators say so by MADV_DONTNEED or MADV_FREE, and unmap nothing.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-madvise-ok */
#include "turns.h"
#include <sys/mman.h>

static pthread_mutex_t *job; /* zeros: PTHREAD_MUTEX_INITIALIZER */
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(job);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(job);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(3);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(job);
    pthread_mutex_unlock(job);
    pthread_mutex_unlock(&b);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    job = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
               -1, 0);
    turn_end();
    turn_wait(2);
    madvise(job, 4096, MADV_DONTNEED);
    turn_end();
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    munmap(job, 4096);
    return 0;
}
