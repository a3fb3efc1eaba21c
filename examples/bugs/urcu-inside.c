/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu-inside: a grace period of liburcu is waited for inside a read section of
 * the same thread.
 * lockval: bug rcu deadlock locks=urcu-memb
 *
 * The thread is not registered as a reader, so that the program ends; one that
 * is would wait for itself.
 * Run: build/tools/lockval run -- build/examples/bugs/urcu-inside */
#include "urcu-calls.h"

int main(void)
{
    urcu_memb_read_lock();
    urcu_memb_synchronize_rcu();
    urcu_memb_read_unlock();
    return 0;
}
