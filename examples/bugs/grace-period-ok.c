/* SPDX-License-Identifier: BSD-2-Clause */
/* grace-period-ok: the reader begins its section with the lock held already.
 * lockval: ok silent
 *
 * A section may begin under any lock that a writer waits with: beginning one
 * does not wait.
 * Run: build/tools/lockval run -- build/examples/bugs/grace-period-ok */
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
    pthread_mutex_lock(&table);
    lockval_pseudo_enter(&grace, LOCKVAL_READ_RECURSIVE);
    lockval_pseudo_exit(&grace);
    pthread_mutex_unlock(&table);
    return unused;
}

int main(void)
{
    lockval_set_class(&table, &table_class);
    run_two(writer, reader);
    return 0;
}
