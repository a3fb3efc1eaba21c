/* SPDX-License-Identifier: BSD-2-Clause */
/* thread-pool-ok: one worker, jobs in opposite orders.
 * lockval: ok single-thread
 *
 * Run: build/tools/lockval run -- build/examples/bugs/thread-pool-ok */
#include "turns.h"

enum { NONE, UP, DOWN };
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER,
                       queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int job = NONE;

static void work(int which)
{
    if (which == UP) {
        pthread_mutex_lock(&a);
        pthread_mutex_lock(&b);
        pthread_mutex_unlock(&b);
        pthread_mutex_unlock(&a);
    } else {
        pthread_mutex_lock(&b);
        pthread_mutex_lock(&a);
        pthread_mutex_unlock(&a);
        pthread_mutex_unlock(&b);
    }
}

static int take(void)
{
    int taken;

    pthread_mutex_lock(&queue);
    while (job == NONE)
        pthread_cond_wait(&changed, &queue);
    taken = job;
    job = NONE;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&queue);
    return taken;
}

static void give(int which)
{
    pthread_mutex_lock(&queue);
    while (job != NONE)
        pthread_cond_wait(&changed, &queue);
    job = which;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&queue);
}

static void *worker(void *unused)
{
    int i;

    for (i = 0; i < 2; i++) {
        work(take());
        turn_end();
    }
    return unused;
}

static void *master(void *unused)
{
    give(UP);
    turn_wait(1);
    give(DOWN);
    return unused;
}

int main(void)
{
    void *(*const body[])(void *) = {master, worker};

    run_threads(body, 2);
    return 0;
}
