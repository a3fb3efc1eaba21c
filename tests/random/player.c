/* SPDX-License-Identifier: BSD-2-Clause */
/* player: plays a script of locks taken and given back, each step by its own
 * thread, one after the other.
 *
 *     player SCRIPT
 * The script's first line holds the numbers of threads and locks; each further
 * one THREAD WHAT LOCK, where WHAT is
 *     w  take for writing     r  take for reading     t  try for writing
 *     u  give back            n  destroy and make anew
 *     j  join all threads and create as many again (THREAD and LOCK mean
 *        nothing)
 * Even locks are mutexes (and are not read), odd ones are rwlocks. Who comes
 * next is told by an atomic, in which nobody sees an order. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 64, LOCKS = 256, STEPS = 100000 };

static pthread_mutex_t mutex[LOCKS];
static pthread_rwlock_t rwlock[LOCKS];
static struct {
    int thread, lock;
    char what;
} step[STEPS];
static int steps;
static _Atomic int turn;

static void make(int n)
{
    if (n % 2 == 0)
        pthread_mutex_init(&mutex[n], NULL);
    else
        pthread_rwlock_init(&rwlock[n], NULL);
}

static void destroy(int n)
{
    if (n % 2 == 0)
        pthread_mutex_destroy(&mutex[n]);
    else
        pthread_rwlock_destroy(&rwlock[n]);
}

static int take(int n)
{
    return n % 2 == 0 ? pthread_mutex_lock(&mutex[n])
                      : pthread_rwlock_wrlock(&rwlock[n]);
}

static int try(int n)
{
    return n % 2 == 0 ? pthread_mutex_trylock(&mutex[n])
                      : pthread_rwlock_trywrlock(&rwlock[n]);
}

static int give(int n)
{
    return n % 2 == 0 ? pthread_mutex_unlock(&mutex[n])
                      : pthread_rwlock_unlock(&rwlock[n]);
}

static int act(char what, int n)
{
    switch (what) {
    case 'w':
        return take(n);
    case 'r':
        return pthread_rwlock_rdlock(&rwlock[n]);
    case 't':
        return try(n);
    case 'u':
        return give(n);
    case 'n':
        destroy(n);
        make(n);
        return 0;
    default:
        return -1;
    }
}

static void *play(void *thread)
{
    int me = (int)(size_t)thread, i;

    for (i = atomic_load(&turn); i < steps && step[i].what != 'j'; i++) {
        if (step[i].thread != me)
            continue;
        while (atomic_load(&turn) != i)
            sched_yield();
        if (act(step[i].what, step[i].lock) != 0)
            abort();
        atomic_store(&turn, i + 1);
    }
    return NULL;
}

static void play_until_join(int threads)
{
    pthread_t thread[THREADS];
    int i;

    for (i = 0; i < threads; i++)
        pthread_create(&thread[i], NULL, play, (void *)(size_t)i);
    for (i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    atomic_fetch_add(&turn, 1); /* past the j */
}

int main(int argc, char **argv)
{
    FILE *script = argc == 2 ? fopen(argv[1], "r") : NULL;
    int threads, locks, i;

    if (script == NULL || fscanf(script, "%d %d", &threads, &locks) != 2 ||
        threads > THREADS || locks > LOCKS)
        return 2;
    while (steps < STEPS && fscanf(script, "%d %c %d", &step[steps].thread,
                                   &step[steps].what, &step[steps].lock) == 3)
        steps++;
    fclose(script);
    for (i = 0; i < locks; i++)
        make(i);
    while (atomic_load(&turn) < steps)
        play_until_join(threads);
    return 0;
}
