/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu-grace: liburcu's grace period is waited for under a lock that a reader
 * takes inside its section.
 * lockval: bug wait-inversion inversion locks=table,urcu-memb
 *
 * Run: build/tools/lockval run -- build/examples/bugs/urcu-grace */
#include "turns.h"
#include "urcu-calls.h"

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *unused)
{
    pthread_mutex_lock(&table);
    urcu_memb_synchronize_rcu();
    pthread_mutex_unlock(&table);
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
