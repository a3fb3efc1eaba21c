/* SPDX-License-Identifier: BSD-2-Clause */
/* spinlock: two spinlocks in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/spinlock */
#include "turns.h"

static pthread_spinlock_t a, b;

static void *first(void *unused)
{
    pthread_spin_lock(&a);
    pthread_spin_lock(&b);
    pthread_spin_unlock(&b);
    pthread_spin_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_spin_lock(&b);
    pthread_spin_lock(&a);
    pthread_spin_unlock(&a);
    pthread_spin_unlock(&b);
    return unused;
}

int main(void)
{
    pthread_spin_init(&a, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&b, PTHREAD_PROCESS_PRIVATE);
    run_two(first, second);
    pthread_spin_destroy(&b);
    pthread_spin_destroy(&a);
    return 0;
}
