/* SPDX-License-Identifier: BSD-2-Clause */
/* requests-late: a worker does as hundreds of requests did before it.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/requests-late */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return unused;
}

static void *worker(void *unused)
{
    turn_wait(1);
    work(unused);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_t thread, request;
    int i;

    pthread_create(&thread, NULL, worker, NULL);
    for (i = 0; i < 600; i++) {
        pthread_create(&request, NULL, work, NULL);
        pthread_join(request, NULL);
    }
    turn_end();
    turn_wait(2);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    pthread_join(thread, NULL);
    return 0;
}
