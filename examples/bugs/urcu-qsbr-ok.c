/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu-qsbr-ok: a thread of liburcu's qsbr flavour goes offline before waits.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/urcu-qsbr-ok */
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
    urcu_qsbr_thread_offline();
    pthread_mutex_lock(&table);
    pthread_mutex_unlock(&table);
    urcu_qsbr_thread_online();
    urcu_qsbr_unregister_thread();
    return unused;
}

int main(void)
{
    run_two(writer, reader);
    return 0;
}
