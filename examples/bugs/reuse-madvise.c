/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-madvise: a mutex in pages of a pool keeps its order as long as they do.
 * lockval: bug inversion inversion locks=*,b
 *
 * The twin gives the pages back in between.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-madvise */
#include "turns.h"
#include <sys/mman.h>

static pthread_mutex_t *job; /* zeros: PTHREAD_MUTEX_INITIALIZER */
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_reach(1);
    pthread_mutex_lock(job);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(job);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_reach(1);
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

    turn_end();
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    munmap(job, 4096);
    return 0;
}
