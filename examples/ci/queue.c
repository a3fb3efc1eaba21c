/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.c: see queue.h. Built with -DSEEDED, queue_report takes the two locks
 * the other way round: each test passes, and together they can deadlock. */
#include "queue.h"

#include <pthread.h>

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static int job[64], waiting_jobs, taken_jobs;

void queue_put(int new)
{
    pthread_mutex_lock(&queue_lock);
    if (waiting_jobs < 64)
        job[waiting_jobs++] = new;
    pthread_mutex_unlock(&queue_lock);
}

int queue_take(void)
{
    int found = -1;

    pthread_mutex_lock(&queue_lock);
    if (waiting_jobs > 0) {
        found = job[--waiting_jobs];
        pthread_mutex_lock(&count_lock);
        taken_jobs++;
        pthread_mutex_unlock(&count_lock);
    }
    pthread_mutex_unlock(&queue_lock);
    return found;
}

void queue_report(int *waiting, int *taken)
{
#ifdef SEEDED
    pthread_mutex_lock(&count_lock);
    pthread_mutex_lock(&queue_lock);
#else
    pthread_mutex_lock(&queue_lock);
    pthread_mutex_lock(&count_lock);
#endif
    *waiting = waiting_jobs;
    *taken = taken_jobs;
    pthread_mutex_unlock(&count_lock);
    pthread_mutex_unlock(&queue_lock);
}
