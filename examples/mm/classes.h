/* SPDX-License-Identifier: BSD-2-Clause */
/* classes.h: the lock classes of the model, named as reports print them.
 *
 * The kernel makes one class per init call (lockdep's static key); here each
 * class is one object, which for a pseudo-lock is also its only instance. */
#ifndef MM_CLASSES_H
#define MM_CLASSES_H

#include <lockval.h>

extern const struct lockval_class i_rwsem_class;
extern const struct lockval_class mmap_lock_class;
extern const struct lockval_class folio_lock_class;
extern const struct lockval_class vm_sequence_class;
extern const struct lockval_class i_mmap_rwsem_class;
extern const struct lockval_class anon_vma_class;
extern const struct lockval_class page_table_lock_class;
extern const struct lockval_class ptl_class;
extern const struct lockval_class mm_rb_lock_class;
extern const struct lockval_class fs_reclaim_class;
extern const struct lockval_class mmu_notifier_class;
extern const struct lockval_class vma_lock_class;
extern const struct lockval_class invalidate_lock_class;
extern const struct lockval_class rcu_gp_class;
extern const struct lockval_class rcu_cb_class;
extern const struct lockval_class irqs_off_class;

/* Rights (lockval_right_begin): nobody waits for them. */
extern const struct lockval_class vma_pointer_class;  /* it was looked up */
extern const struct lockval_class vma_isolated_class; /* no one else finds it */
extern const struct lockval_class vma_prepared_class; /* it has an anon_vma */
extern const struct lockval_class vma_fresh_class;    /* never linked yet */
extern const struct lockval_class vma_frozen_class;   /* its range stays */
extern const struct lockval_class table_quiet_class;  /* no walker is left */
extern const struct lockval_class range_quiet_class;  /* of its former tables */
extern const struct lockval_class dead_entry_class;   /* it is the caller's */

#endif
