/* SPDX-License-Identifier: BSD-2-Clause */
/* uninitialised-lock: a mutex in fresh memory is used without being
 * initialised.
 * lockval: bug rule
 *
 * Run: build/tools/lockval run -- build/examples/bugs/uninitialised-lock */
#include "turns.h"
#include <stdlib.h>
#include <string.h>

struct job {
    pthread_mutex_t lock;
};
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    struct job *job = malloc(sizeof *job);

    if (job == NULL)
        return 1;
    memset(job, 0xa5, sizeof *job); /* what malloc may find there */
    pthread_mutex_lock(&b);
    if (pthread_mutex_lock(&job->lock) == 0)
        pthread_mutex_unlock(&job->lock);
    pthread_mutex_unlock(&b);
    free(job);
    return 0;
}
