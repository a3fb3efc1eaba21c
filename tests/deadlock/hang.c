/* SPDX-License-Identifier: BSD-2-Clause */
/* hang: threads that wait for each other for ever, or only for long.
 *
 *   hang KIND
 *
 * mutex, rwlock, readers, spin, c11, three, beside: deadlock. self, alone: a
 * thread waits for its own lock, beside another or as the only one. timed,
 * slow: they do not; exits 0. Beyond locks: joined, where main holds what the
 * thread that it joins wants; each-other, two threads that join one another;
 * silent, a signal that never comes; lost, one that came before its waiter;
 * unposted, a semaphore; barrier, one thread too few; once, an initialiser in
 * an inversion; stream, flockfile; retake, a waiter that was signalled and
 * wants its mutex back. They end: late, whose signal takes its time; busy,
 * where another thread still runs; ticked, whose handler posts; handled, the
 * same with nothing else that moves; limited, a wait with a limit. Threads meet
 * at a barrier of their own, on an atomic, so that every run goes the same way.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
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

/* The same two beside a thread that is busy for as long as it is let. */
static void *beside(void *number)
{
    size_t i = (size_t)number;
    time_t start = time(NULL);

    if (i < 2)
        pthread_mutex_lock(&mutex[i]);
    meet();
    if (i < 2)
        pthread_mutex_lock(&mutex[1 - i]);
    while (time(NULL) < start + 120)
        usleep(1000);
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

/* ---- beyond locks --------------------------------------------------------
 */

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static pthread_t peer[2];
static sem_t posted;
static int ready;

/* Held by main, which joins. */
static void *wants_one(void *number)
{
    (void)number;
    pthread_mutex_lock(&mutex[2]);
    return NULL;
}

static void *joins_other(void *number)
{
    size_t i = (size_t)number;

    peer[i] = pthread_self();
    meet();
    pthread_join(peer[1 - i], NULL);
    return NULL;
}

static void signal_change(void)
{
    pthread_mutex_lock(&mutex[0]);
    ready = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex[0]);
}

/* Waits without asking whether it is ready: the bug. */
static void *loses(void *number)
{
    if (number == NULL) {
        signal_change();
        meet();
        return NULL;
    }
    meet();
    pthread_mutex_lock(&mutex[0]);
    pthread_cond_wait(&changed, &mutex[0]);
    pthread_mutex_unlock(&mutex[0]);
    return NULL;
}

static void *listens(void *number)
{
    (void)number;
    pthread_mutex_lock(&mutex[0]);
    pthread_cond_wait(&changed, &mutex[0]);
    pthread_mutex_unlock(&mutex[0]);
    return NULL;
}

static void *asks_first(void *number)
{
    if (number == NULL) {
        meet();
        usleep(1500000);
        signal_change();
        return NULL;
    }
    meet();
    pthread_mutex_lock(&mutex[0]);
    while (!ready)
        pthread_cond_wait(&changed, &mutex[0]);
    pthread_mutex_unlock(&mutex[0]);
    return NULL;
}

/* The signaller keeps the mutex, and joins the waiter. */
static void *retakes(void *number)
{
    if (number != NULL) {
        pthread_mutex_lock(&mutex[0]);
        peer[1] = pthread_self();
        atomic_fetch_add(&arrived, 1);
        pthread_cond_wait(&changed, &mutex[0]);
        pthread_mutex_unlock(&mutex[0]);
        return NULL;
    }
    while (atomic_load(&arrived) == 0)
        sched_yield();
    pthread_mutex_lock(&mutex[0]);
    pthread_cond_signal(&changed);
    pthread_join(peer[1], NULL);
    return NULL;
}

static void *waits_for_post(void *number)
{
    (void)number;
    meet();
    while (sem_wait(&posted) != 0)
        ;
    return NULL;
}

/* The waiter is not alone: the other works, and posts in the end. */
static void *works(void *number)
{
    time_t start = time(NULL);

    if (number != NULL)
        return waits_for_post(number);
    meet();
    while (time(NULL) < start + 3)
        sched_yield();
    sem_post(&posted);
    return NULL;
}

static void tick(int signal)
{
    (void)signal;
    sem_post(&posted);
}

static void *ticks(void *number)
{
    struct sigaction action = {.sa_handler = tick};
    struct itimerval in = {.it_value = {.tv_sec = 2}};

    if (number == NULL) {
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &in, NULL);
        meet();
        return NULL;
    }
    return waits_for_post(number);
}

/* Stands still until the handler posts. */
static void *handled(void *number)
{
    struct sigaction action = {.sa_handler = tick};
    struct itimerval in = {.it_value = {.tv_sec = 4}};

    (void)number;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &in, NULL);
    pthread_mutex_lock(&mutex[1]);
    waits_for_post(NULL);
    pthread_mutex_unlock(&mutex[1]);
    return NULL;
}

static void *limits(void *number)
{
    struct timespec until;

    (void)number;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    sem_timedwait(&posted, &until);
    return NULL;
}

static void *too_few(void *number)
{
    (void)number;
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void initialise(void)
{
    meet();
    pthread_mutex_lock(&mutex[0]);
    pthread_mutex_unlock(&mutex[0]);
}

static void *onces(void *number)
{
    if (number == NULL) {
        pthread_mutex_lock(&mutex[0]);
        meet();
    }
    pthread_once(&once, initialise);
    return NULL;
}

static void *streams(void *number)
{
    FILE *stream[2] = {stdout, stderr};
    size_t i = (size_t)number;

    flockfile(stream[i]);
    meet();
    flockfile(stream[1 - i]);
    return NULL;
}

static const struct {
    const char *name;
    void *(*body)(void *);
    unsigned parties;
} kinds[] = {
    {"mutex", mutexes, 2},
    {"three", mutexes, 3},
    {"beside", beside, 3},
    {"rwlock", rwlocks, 2},
    {"readers", readers, 2},
    {"spin", spins, 2},
    {"c11", c11s, 2},
    {"self", self, 2},
    {"timed", timed, 2},
    {"slow", slow, 2},
    {"joined", wants_one, 1},
    {"each-other", joins_other, 2},
    {"lost", loses, 2},
    {"silent", listens, 1},
    {"late", asks_first, 2},
    {"retake", retakes, 2},
    {"unposted", waits_for_post, 2},
    {"busy", works, 2},
    {"ticked", ticks, 2},
    {"handled", handled, 1},
    {"limited", limits, 1},
    {"barrier", too_few, 2},
    {"once", onces, 2},
    {"stream", streams, 2},
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
    sem_init(&posted, 0, 0);
    pthread_barrier_init(&barrier, NULL, MOST);
    if (kinds[k].body == wants_one)
        pthread_mutex_lock(&mutex[2]);
    parties = kinds[k].parties;
    for (i = 0; i < parties; i++)
        pthread_create(&thread[i], NULL, kinds[k].body, (void *)i);
    for (i = 0; i < parties; i++)
        pthread_join(thread[i], NULL);
    puts("done");
    return 0;
}
