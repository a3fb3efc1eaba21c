/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu-inside-ok: the correct twin of urcu-inside.
 * lockval: ok
 *
 * Sections, one inside another, are over before it waits.
 * Run: build/tools/lockval run -- build/examples/bugs/urcu-inside-ok */
#include "urcu-calls.h"

int main(void)
{
    urcu_memb_register_thread();
    urcu_memb_read_lock();
    urcu_memb_read_lock();
    urcu_memb_read_unlock();
    urcu_memb_read_unlock();
    urcu_memb_synchronize_rcu();
    urcu_memb_unregister_thread();
    return 0;
}
