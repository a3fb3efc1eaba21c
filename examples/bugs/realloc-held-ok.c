/* SPDX-License-Identifier: BSD-2-Clause */
/* realloc-held-ok: a block grows when its lock is free.
 * lockval: ok silent
 *
 * The lock is initialised again where the block is now.
 * Run: build/tools/lockval run -- build/examples/bugs/realloc-held-ok */
#include "turns.h"
#include <stdlib.h>

struct table {
    pthread_mutex_t lock;
    int row[10];
};

int main(void)
{
    struct table *table = malloc(sizeof *table), *more;
    void *behind = malloc(64); /* in the way of growing in place */

    if (table == NULL || behind == NULL)
        return 1;
    pthread_mutex_init(&table->lock, NULL);
    pthread_mutex_lock(&table->lock);
    pthread_mutex_unlock(&table->lock);
    pthread_mutex_destroy(&table->lock);
    more = realloc(table, 100 * sizeof *table);
    if (more == NULL)
        return 1;
    pthread_mutex_init(&more->lock, NULL);
    pthread_mutex_lock(&more->lock);
    pthread_mutex_unlock(&more->lock);
    pthread_mutex_destroy(&more->lock);
    free(more);
    free(behind);
    return 0;
}
