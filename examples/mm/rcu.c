/* SPDX-License-Identifier: BSD-2-Clause */
/* rcu.c: see rcu.h. The flavour is liburcu-bp, which registers a thread when it
 * first reads; its functions are called, never inlined, so that they stay
 * visible to whoever preloads. */
#include <urcu-bp.h>

/* liburcu's names are macros for urcu_bp_*; ours are functions. */
#undef rcu_read_lock
#undef rcu_read_unlock
#undef synchronize_rcu
#undef call_rcu
#undef rcu_barrier
#undef rcu_dereference
#undef rcu_assign_pointer
#undef container_of

#include "rcu.h"

#include "classes.h"
#include "futex.h"

_Static_assert(sizeof(struct rcu_head) <= offsetof(struct callback_head, func),
               "liburcu's head must fit before ours");

/* Sections that are open, so that a script knows whether a grace period will
 * wait: liburcu sleeps where the model's own futex_wait does not see it. */
static atomic_uint sections;
static _Thread_local unsigned depth;

void rcu_read_lock(void)
{
    lockval_pseudo_enter(&rcu_gp_class, LOCKVAL_READ_RECURSIVE);
    urcu_bp_read_lock();
    if (depth++ == 0)
        atomic_fetch_add(&sections, 1);
}

void rcu_read_unlock(void)
{
    BUG_ON(depth == 0);
    if (--depth == 0)
        atomic_fetch_sub(&sections, 1);
    urcu_bp_read_unlock();
    lockval_pseudo_exit(&rcu_gp_class);
}

noinline void synchronize_rcu(void)
{
    lockval_pseudo_sync(&rcu_gp_class, LOCKVAL_WRITE);
    BUG_ON(depth != 0); /* would wait for itself */
    if (atomic_load(&sections) != 0)
        futex_will_wait();
    urcu_bp_synchronize_rcu();
}

static void run_callback(struct rcu_head *linkage)
{
    struct callback_head *head = (struct callback_head *)linkage;

    lockval_pseudo_enter(&rcu_cb_class, LOCKVAL_READ_RECURSIVE);
    head->func(head);
    lockval_pseudo_exit(&rcu_cb_class);
}

noinline void call_rcu(struct callback_head *head,
                       void (*func)(struct callback_head *head))
{
    head->func = func;
    urcu_bp_call_rcu((struct rcu_head *)head, run_callback);
}

noinline void rcu_barrier(void)
{
    lockval_pseudo_sync(&rcu_cb_class, LOCKVAL_WRITE);
    if (atomic_load(&sections) != 0)
        futex_will_wait();
    urcu_bp_barrier();
}
