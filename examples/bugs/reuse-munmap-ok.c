/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-munmap-ok: unmapped memory leaves no order to the next mapping.
 * lockval: ok
 *
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-munmap-ok */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "turns.h"
#include <sys/mman.h>

static pthread_mutex_t *slot;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(slot);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(slot);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(3);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(slot);
    pthread_mutex_unlock(slot);
    pthread_mutex_unlock(&b);
    turn_end();
    return unused;
}

/* A page of zeros: a pthread mutex that is ready for use. At `where`, if not
 * NULL. */
static pthread_mutex_t *map(void *where)
{
    void *page = mmap(where, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS |
                          (where != NULL ? MAP_FIXED_NOREPLACE : 0),
                      -1, 0);

    return page == MAP_FAILED ? NULL : (pthread_mutex_t *)page;
}

int main(void)
{
    pthread_t one, two;

    slot = map(NULL);
    if (slot == NULL)
        return 1;
    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    turn_end();
    turn_wait(2);
    munmap(slot, 4096);
    slot = map(slot);
    if (slot == NULL)
        return 1;
    turn_end();
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    munmap(slot, 4096);
    return 0;
}
