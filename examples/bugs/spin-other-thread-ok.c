/* SPDX-License-Identifier: BSD-2-Clause */
/* spin-other-thread-ok: who takes a spin lock gives it back.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/spin-other-thread-ok */
#include "turns.h"

static pthread_spinlock_t spin;

static void *first(void *unused)
{
    pthread_spin_lock(&spin);
    pthread_spin_unlock(&spin);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_spin_lock(&spin);
    pthread_spin_unlock(&spin);
    return unused;
}

int main(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    run_two(first, second);
    pthread_spin_destroy(&spin);
    return 0;
}
