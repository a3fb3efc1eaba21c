/* SPDX-License-Identifier: BSD-2-Clause */
/* classes.c: see classes.h. In the order in which the kernel nests them
 * (mm/rmap.c, "Lock ordering in mm"; fs_reclaim is above i_mmap_rwsem).
 *
 * Wait types are those that the kernel's lockdep has for the same locks: a
 * spinlock_t is CONFIG (it sleeps on PREEMPT_RT), an RCU read section costs
 * nothing to enter and may spin inside. fs_reclaim has none there. */
#include "classes.h"

#define SLEEPS LOCKVAL_CLASS_WAIT(LOCKVAL_WAIT_SLEEP, LOCKVAL_WAIT_SLEEP)
#define SPINS LOCKVAL_CLASS_WAIT(LOCKVAL_WAIT_CONFIG, LOCKVAL_WAIT_CONFIG)
#define SECTION LOCKVAL_CLASS_WAIT(LOCKVAL_WAIT_FREE, LOCKVAL_WAIT_CONFIG)

const struct lockval_class i_rwsem_class = {"i_rwsem", SLEEPS};
const struct lockval_class mmap_lock_class = {"mmap_lock", SLEEPS};
const struct lockval_class invalidate_lock_class = {"invalidate_lock", SLEEPS};
const struct lockval_class folio_lock_class = {"folio_lock", SLEEPS};
const struct lockval_class vm_sequence_class = {"vm_sequence", 0};
const struct lockval_class vma_lock_class = {"vma_lock", SLEEPS};
const struct lockval_class fs_reclaim_class = {"fs_reclaim", 0};
const struct lockval_class mmu_notifier_class = {"mmu_notifier", 0};
const struct lockval_class i_mmap_rwsem_class = {"i_mmap_rwsem", SLEEPS};
const struct lockval_class anon_vma_class = {"anon_vma", SLEEPS};
const struct lockval_class page_table_lock_class = {"page_table_lock", SPINS};
const struct lockval_class ptl_class = {"ptl", SPINS};
const struct lockval_class mm_rb_lock_class = {"mm_rb_lock", SPINS};
const struct lockval_class rcu_gp_class = {"rcu_gp", SECTION};
const struct lockval_class rcu_cb_class = {"rcu_cb", 0};
const struct lockval_class irqs_off_class = {"irqs_off", SECTION};

const struct lockval_class vma_pointer_class = {"vma_pointer", 0};
const struct lockval_class vma_isolated_class = {"vma_isolated", 0};
const struct lockval_class vma_fresh_class = {"vma_fresh", 0};
const struct lockval_class vma_prepared_class = {"vma_prepared", 0};
const struct lockval_class vma_frozen_class = {"vma_frozen", 0};
const struct lockval_class table_quiet_class = {"table_quiet", 0};
const struct lockval_class range_quiet_class = {"range_quiet", 0};
const struct lockval_class dead_entry_class = {"dead_entry", 0};
