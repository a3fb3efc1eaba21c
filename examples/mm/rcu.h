/* SPDX-License-Identifier: BSD-2-Clause */
/* rcu.h: read-copy-update, by liburcu, told to the validator.
 *
 * A read section is the pseudo-lock rcu_gp, held for recursive reading; a grace
 * period waits for all of them and holds nothing. A callback runs on a thread
 * of liburcu's, inside the pseudo-lock rcu_cb; rcu_barrier waits for that.
 * Hence a lock that a reader (or a callback) may wait for must not be held
 * while waiting for a grace period (or in rcu_barrier): rule R31.
 *
 * Stands for include/linux/rcupdate.h and kernel/rcu (v6.12). A section covers
 * what the kernel's does except interrupts: see irq.h. Here a reader can be
 * preempted and even sleep; that it must not is rule R30, told by wait types.
 * liburcu's own mutexes are below every lock of the model. */
#ifndef MM_RCU_H
#define MM_RCU_H

#include "kernel.h"

/* Any thread, nests. */
void rcu_read_lock(void);
void rcu_read_unlock(void);

/* Wait until every section that is open now has ended. */
void synchronize_rcu(void);

/* Embedded in what is freed; the caller's until call_rcu, then RCU's until
 * `func` runs, which owns it again. The kernel's struct rcu_head. */
struct callback_head {
    uintptr_t linkage[2]; /* liburcu's */
    void (*func)(struct callback_head *head);
};

void call_rcu(struct callback_head *head,
              void (*func)(struct callback_head *head));

/* Wait until every callback that was queued before has run. */
void rcu_barrier(void);

#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)

#endif
