/* SPDX-License-Identifier: BSD-2-Clause */
/* robust-ok: a robust mutex is inherited from a thread that died.
 * lockval: ok silent
 *
 * What the dead thread held, it holds no more.
 * Run: build/tools/lockval run -- build/examples/bugs/robust-ok */
#include "turns.h"
#include <errno.h>

static pthread_mutex_t a, b = PTHREAD_MUTEX_INITIALIZER;

static void init(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&a, &attr);
    pthread_mutexattr_destroy(&attr);
}

static void lock_a(void)
{
    if (pthread_mutex_lock(&a) == EOWNERDEAD)
        pthread_mutex_consistent(&a);
}

static void *dies(void *unused)
{
    lock_a();
    return unused;
}

static void *first(void *unused)
{
    pthread_t thread;

    pthread_create(&thread, NULL, dies, NULL);
    pthread_join(thread, NULL);
    lock_a();
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    lock_a();
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    init();
    run_two(first, second);
    return 0;
}
