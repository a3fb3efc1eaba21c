/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu-grace-ok: the correct twin of urcu-grace.
 * lockval: ok
 *
 * The writer lets go of the lock before it waits.
 * Run: build/tools/lockval run -- build/examples/bugs/urcu-grace-ok */
#include "turns.h"
#include "urcu-calls.h"

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *unused)
{
    pthread_mutex_lock(&table);
    pthread_mutex_unlock(&table);
    urcu_memb_synchronize_rcu();
    turn_end();
    return unused;
}

static void *reader(void *unused)
{
    urcu_memb_register_thread();
    turn_wait(1);
    urcu_memb_read_lock();
    pthread_mutex_lock(&table);
    pthread_mutex_unlock(&table);
    urcu_memb_read_unlock();
    urcu_memb_unregister_thread();
    return unused;
}

int main(void)
{
    run_two(writer, reader);
    return 0;
}
