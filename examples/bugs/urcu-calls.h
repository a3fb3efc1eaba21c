/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu-calls.h: what the examples call of liburcu, for programs that are built
 * without its headers; a program of yours includes <urcu/urcu-memb.h>. */
#ifndef URCU_CALLS_H
#define URCU_CALLS_H

void urcu_memb_register_thread(void);
void urcu_memb_unregister_thread(void);
void urcu_memb_read_lock(void);
void urcu_memb_read_unlock(void);
void urcu_memb_synchronize_rcu(void);

#endif
