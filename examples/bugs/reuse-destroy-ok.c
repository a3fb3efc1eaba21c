/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-destroy-ok: a destroyed mutex leaves no order to its successor.
 * lockval: ok
 *
 * Two locks that never lived at the same time, at one address.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-destroy-ok */
#include "turns.h"

static pthread_mutex_t slot;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&slot);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&slot);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(3);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&slot);
    pthread_mutex_unlock(&slot);
    pthread_mutex_unlock(&b);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t one, two;

    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    pthread_mutex_init(&slot, NULL);
    turn_end();
    turn_wait(2);
    pthread_mutex_destroy(&slot);
    pthread_mutex_init(&slot, NULL);
    turn_end();
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    pthread_mutex_destroy(&slot);
    return 0;
}
