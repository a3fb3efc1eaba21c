/* SPDX-License-Identifier: BSD-2-Clause */
/* realloc-held: a block moves with a held lock in it.
 * lockval: bug free-held
 *
 * Whoever waits for the lock waits at the old place, in memory that is free.
 * Run: build/tools/lockval run -- build/examples/bugs/realloc-held */
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

    more = realloc(table, 100 * sizeof *table);
    if (more == NULL)
        return 1;
    pthread_mutex_unlock(&more->lock);
    free(more);
    free(behind);
    return 0;
}
