/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore-rounds-ok: a job is waited for with a lock that no job takes.
 * lockval: ok silent
 *
 * The worker took it once; all jobs but the first show that they need it not.
 * Run: build/tools/lockval run -- build/examples/bugs/semaphore-rounds-ok */
#include "turns.h"
#include <semaphore.h>

enum { JOBS = 20 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static sem_t job, done;

static void *work(void *unused)
{
    int i;

    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    for (i = 1; i <= JOBS; i++) {
        sem_wait(&job);
        turn_end();
        sem_post(&done);
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    int i;

    sem_init(&job, 0, 0);
    sem_init(&done, 0, 0);
    pthread_create(&thread, NULL, work, NULL);
    for (i = 1; i <= JOBS; i++) {
        sem_post(&job);
        if (i == JOBS) {
            turn_wait(JOBS);
            pthread_mutex_lock(&a);
        }
        sem_wait(&done);
    }
    pthread_mutex_unlock(&a);
    pthread_join(thread, NULL);
    sem_destroy(&done);
    sem_destroy(&job);
    return 0;
}
