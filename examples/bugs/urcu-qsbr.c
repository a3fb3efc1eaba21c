/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu-qsbr: a grace period is waited for under a lock that an online thread of
 * liburcu's qsbr flavour waits for.
 * lockval: bug wait-inversion inversion locks=table,urcu-qsbr
 *
 * Run: build/tools/lockval run -- build/examples/bugs/urcu-qsbr */
#include "turns.h"

void urcu_qsbr_register_thread(void);
void urcu_qsbr_unregister_thread(void);
void urcu_qsbr_thread_online(void);
void urcu_qsbr_thread_offline(void);
void urcu_qsbr_synchronize_rcu(void);

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *unused)
{
    pthread_mutex_lock(&table);
    urcu_qsbr_synchronize_rcu();
    pthread_mutex_unlock(&table);
    turn_end();
    return unused;
}

static void *reader(void *unused)
{
    turn_wait(1);
    urcu_qsbr_register_thread();
    pthread_mutex_lock(&table);
    pthread_mutex_unlock(&table);
    urcu_qsbr_unregister_thread();
    return unused;
}

int main(void)
{
    run_two(writer, reader);
    return 0;
}
