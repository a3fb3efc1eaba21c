/* SPDX-License-Identifier: BSD-2-Clause */
/* free-held: memory is freed with a held lock in it.
 * lockval: bug free-held
 *
 * Run: build/tools/lockval run -- build/examples/bugs/free-held */
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
    free(job);
    return 0;
}
