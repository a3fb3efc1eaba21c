/* SPDX-License-Identifier: BSD-2-Clause */
/* grace-period: a writer waits for all readers with a lock held that a reader
 * takes inside its section.
 * lockval: bug wait-inversion inversion locks=grace,table
 *
 * Nobody holds what the writer waited for afterwards: it is the wait itself
 * that closes the circle.
 * Run: build/tools/lockval run -- build/examples/bugs/grace-period */
#include "turns.h"
#include <lockval.h>

static const struct lockval_class table_class = {"table", 0};
static const struct lockval_class grace = {"grace", 0};
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *unused)
{
    pthread_mutex_lock(&table);
    lockval_pseudo_sync(&grace, LOCKVAL_WRITE);
    pthread_mutex_unlock(&table);
    turn_end();
    return unused;
}

static void *reader(void *unused)
{
    turn_wait(1);
    lockval_pseudo_enter(&grace, LOCKVAL_READ_RECURSIVE);
    pthread_mutex_lock(&table);
    pthread_mutex_unlock(&table);
    lockval_pseudo_exit(&grace);
    return unused;
}

int main(void)
{
    lockval_set_class(&table, &table_class);
    run_two(writer, reader);
    return 0;
}
