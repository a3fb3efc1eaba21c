/* SPDX-License-Identifier: BSD-2-Clause */
/* hang: threads that wait for each other for ever, or only for long.
 *
 *   hang KIND
 *
 * mutex, rwlock, readers, spin, c11, three: deadlock. self, alone: a thread
 * waits for its own lock, beside another or as the only one. timed, slow: they
 * do not; exits 0. Threads meet at a barrier of their own, on an atomic, so
 * that every run goes the same way. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 3 };

static pthread_mutex_t mutex[MOST] = {PTHREAD_MUTEX_INITIALIZER,
                                      PTHREAD_MUTEX_INITIALIZER,
                                      PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rwlock[2] = {PTHREAD_RWLOCK_INITIALIZER,
                                     PTHREAD_RWLOCK_INITIALIZER};
static pthread_spinlock_t spin[2];
static mtx_t c11[2];
static unsigned parties = 2;
static atomic_uint arrived;

/* All hold their first lock before any wants its second. */
static void meet(void)
{
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < parties)
        sched_yield();
}

static void *mutexes(void *number)
{
    size_t i = (size_t)number;

    pthread_mutex_lock(&mutex[i]);
    meet();
    pthread_mutex_lock(&mutex[(i + 1) % parties]);
    return NULL;
}

static void *rwlocks(void *number)
{
    size_t i = (size_t)number;

    pthread_rwlock_wrlock(&rwlock[i]);
    meet();
    pthread_rwlock_rdlock(&rwlock[1 - i]);
    return NULL;
}

static void *readers(void *number)
{
    size_t i = (size_t)number;

    pthread_rwlock_rdlock(&rwlock[i]);
    meet();
    pthread_rwlock_wrlock(&rwlock[1 - i]);
    return NULL;
}

static void *spins(void *number)
{
    size_t i = (size_t)number;

    pthread_spin_lock(&spin[i]);
    meet();
    pthread_spin_lock(&spin[1 - i]);
    return NULL;
}

static void *c11s(void *number)
{
    size_t i = (size_t)number;

    mtx_lock(&c11[i]);
    meet();
    mtx_lock(&c11[1 - i]);
    return NULL;
}

static void *self(void *number)
{
    if (number == NULL)
        pthread_mutex_lock(&mutex[0]);
    meet();
    if (number == NULL)
        pthread_mutex_lock(&mutex[0]);
    return NULL;
}

/* The second gives up, so that the first gets on. */
static void *timed(void *number)
{
    size_t i = (size_t)number;
    struct timespec until;

    pthread_mutex_lock(&mutex[i]);
    meet();
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    if (i == 0)
        pthread_mutex_lock(&mutex[1]);
    else if (pthread_mutex_timedlock(&mutex[0], &until) != 0)
        pthread_mutex_unlock(&mutex[1]);
    return NULL;
}

/* One waits long for the other, who does not wait for it. */
static void *slow(void *number)
{
    if (number == NULL) {
        pthread_mutex_lock(&mutex[0]);
        meet();
        usleep(900000);
    } else {
        meet();
        pthread_mutex_lock(&mutex[0]);
    }
    pthread_mutex_unlock(&mutex[0]);
    return NULL;
}

static const struct {
    const char *name;
    void *(*body)(void *);
    unsigned parties;
} kinds[] = {
    {"mutex", mutexes, 2},   {"three", mutexes, 3}, {"rwlock", rwlocks, 2},
    {"readers", readers, 2}, {"spin", spins, 2},    {"c11", c11s, 2},
    {"self", self, 2},       {"timed", timed, 2},   {"slow", slow, 2},
};

int main(int argc, char **argv)
{
    pthread_t thread[MOST];
    size_t k, i;

    for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        if (argc == 2 && strcmp(argv[1], kinds[k].name) == 0)
            break;
    if (argc == 2 && strcmp(argv[1], "alone") == 0) {
        pthread_mutex_lock(&mutex[0]);
        pthread_mutex_lock(&mutex[0]);
    }
    if (k == sizeof(kinds) / sizeof(kinds[0]))
        return 2;
    for (i = 0; i < 2; i++) {
        pthread_spin_init(&spin[i], PTHREAD_PROCESS_PRIVATE);
        mtx_init(&c11[i], mtx_plain);
    }
    parties = kinds[k].parties;
    for (i = 0; i < parties; i++)
        pthread_create(&thread[i], NULL, kinds[k].body, (void *)i);
    for (i = 0; i < parties; i++)
        pthread_join(thread[i], NULL);
    puts("done");
    return 0;
}
