/* SPDX-License-Identifier: BSD-2-Clause */
/* spin-other-thread: one thread takes a spin lock, another gives it back.
 * lockval: bug unlock-other-thread locks=spin
 *
 * Run: build/tools/lockval run -- build/examples/bugs/spin-other-thread */
#include "turns.h"

static pthread_spinlock_t spin;

static void *first(void *unused)
{
    pthread_spin_lock(&spin);
    turn_end();
    turn_wait(2); /* outlives the hold that it lost */
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_spin_unlock(&spin);
    turn_end();
    return unused;
}

int main(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    run_two(first, second);
    pthread_spin_destroy(&spin);
    return 0;
}
