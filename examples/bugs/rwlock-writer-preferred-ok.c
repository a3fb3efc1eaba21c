/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-writer-preferred-ok: two readers, where readers go first.
 * lockval: ok silent
 *
 * As glibc does unless told otherwise: a reader passes a waiting writer, so
 * only a writer's hold can stop it, and nobody writes while reading.
 * Run: build/tools/lockval run --
 * build/examples/bugs/rwlock-writer-preferred-ok */
#include "turns.h"

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER;

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
