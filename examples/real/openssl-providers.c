/* SPDX-License-Identifier: BSD-2-Clause */
/* openssl-providers: OpenSSL 3.0 before its release, listing providers.
 * lockval: bug inversion inversion locks=store_lock,flag_lock
 *
 * The list is walked under its lock, for reading, and a callback of the
 * caller's is called for each: this one asks whether the provider is on, under
 * that provider's lock. Who switches a provider on holds its lock and changes
 * the list. The twin copies the list first and calls back with nothing held.
 * Report: https://github.com/openssl/openssl/issues/14251
 * Run: build/tools/lockval run -- build/examples/real/openssl-providers */
#include "turns.h"

enum { PROVIDERS = 3 };
static pthread_rwlock_t store_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t flag_lock = PTHREAD_MUTEX_INITIALIZER;
static int loaded[PROVIDERS] = {1, 1, 0}; /* under store_lock */
static int activated;                     /* under flag_lock */

static int is_on(int provider)
{
    int on;

    pthread_mutex_lock(&flag_lock);
    on = activated >> provider & 1;
    pthread_mutex_unlock(&flag_lock);
    return on;
}

static int forall_loaded(int (*callback)(int))
{
    int copy[PROVIDERS], found = 0, i;

    pthread_rwlock_rdlock(&store_lock);
    memcpy(copy, loaded, sizeof copy);
#ifdef FIXED
    pthread_rwlock_unlock(&store_lock);
#endif
    for (i = 0; i < PROVIDERS; i++)
        if (copy[i])
            found += callback(i);
#ifndef FIXED
    pthread_rwlock_unlock(&store_lock);
#endif
    return found;
}

static void activate(int provider)
{
    pthread_mutex_lock(&flag_lock);
    activated |= 1 << provider;
    pthread_rwlock_wrlock(&store_lock);
    loaded[provider] = 1;
    pthread_rwlock_unlock(&store_lock);
    pthread_mutex_unlock(&flag_lock);
}

static void *list(void *unused)
{
    forall_loaded(is_on);
    turn_end();
    return unused;
}

static void *load(void *unused)
{
    turn_wait(1);
    activate(2);
    return unused;
}

int main(void)
{
    run_two(list, load);
    return 0;
}
