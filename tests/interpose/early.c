/* SPDX-License-Identifier: BSD-2-Clause */
/* early.c: a library that the program is linked with. Its constructor runs
 * before ours: it locks, waits, starts threads, and leaves a lock held and a
 * thread running. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "early.h"

pthread_mutex_t early_held = PTHREAD_MUTEX_INITIALIZER;
int early_errors;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_t runner;
static int stop;

static void expect(int good)
{
    if (!good)
        __atomic_add_fetch(&early_errors, 1, __ATOMIC_RELAXED);
}

static void *lock_for_a_while(void *unused)
{
    int i;

    for (i = 0; i < 1000; i++) {
        expect(pthread_mutex_lock(&mutex) == 0);
        expect(pthread_rwlock_rdlock(&rwlock) == 0);
        expect(pthread_rwlock_unlock(&rwlock) == 0);
        expect(pthread_mutex_unlock(&mutex) == 0);
    }
    return unused;
}

/* Still runs when the library comes to life. */
static void *lock_until_stopped(void *unused)
{
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
        lock_for_a_while(NULL);
    return unused;
}

static void wait_a_little(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec -= 1;
    expect(pthread_mutex_lock(&mutex) == 0);
    pthread_cond_timedwait(&cond, &mutex, &until);
    expect(pthread_mutex_unlock(&mutex) == 0);
}

__attribute__((constructor)) static void begin(void)
{
    pthread_t thread[4];
    int i;

    free(malloc(10));
    dlsym(RTLD_NEXT, "no_such_symbol"); /* allocates an error */
    free(realloc(malloc(10), 5000));
    for (i = 0; i < 4; i++)
        expect(pthread_create(&thread[i], NULL, lock_for_a_while, NULL) == 0);
    wait_a_little();
    for (i = 0; i < 4; i++)
        expect(pthread_join(thread[i], NULL) == 0);
    expect(pthread_create(&runner, NULL, lock_until_stopped, NULL) == 0);
    expect(pthread_mutex_lock(&early_held) == 0);
}

void early_stop(void)
{
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    expect(pthread_join(runner, NULL) == 0);
}
