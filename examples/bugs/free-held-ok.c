/* SPDX-License-Identifier: BSD-2-Clause */
/* free-held-ok: memory is freed when its lock is free.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/free-held-ok */
#include "turns.h"
#include <stdlib.h>

struct job {
    pthread_mutex_t lock;
};

int main(void)
{
    struct job *job = malloc(sizeof *job);

    if (job == NULL)
        return 1;
    pthread_mutex_init(&job->lock, NULL);
    pthread_mutex_lock(&job->lock);
    pthread_mutex_unlock(&job->lock);
    pthread_mutex_destroy(&job->lock);
    free(job);
    return 0;
}
