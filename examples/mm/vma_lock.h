/* SPDX-License-Identifier: BSD-2-Clause */
/* vma_lock.h: the lock of one VMA: a count of readers and a sequence, no rwsem.
 *
 * Reading is always a try, under RCU: it fails while a writer is there, and the
 * VMA may be another one by then, so that its mm, sequence and range are looked
 * at again (rule R10). Writing needs mmap_lock for writing (R8): it waits for
 * the readers, stores the mm's sequence in the VMA and holds nothing that
 * anyone could wait for; it lasts until mmap_lock is unlocked or downgraded.
 *
 * To the validator: a read lock is a lock, taken by try; the wait for readers
 * is an acquisition for writing that ends at once; what is left is a right
 * anchored to mmap_lock. Both have the address of vma->vm_lock.
 *
 * Stands for include/linux/mmap_lock.h and mm/mmap_lock.c (v6.15): vm_refcnt,
 * vm_lock_seq. Not modelled: the overflow of either; killable waits. */
#ifndef MM_VMA_LOCK_H
#define MM_VMA_LOCK_H

#include "mm_types.h"

/* A VMA that was allocated, from its cache perhaps: readers of its former life
 * may still try it, so the count (0: detached) is left as it is. */
void vma_lock_init(struct vm_area_struct *vma);

/* Into and out of the mm; the VMA is write-locked. Afterwards no reader is left
 * and none comes in (R13). */
void vma_mark_attached(struct vm_area_struct *vma);
void vma_mark_detached(struct vm_area_struct *vma);

/* Under RCU: true if the VMA, which still was one of `mm`, is read-locked. */
bool vma_start_read(struct mm_struct *mm, struct vm_area_struct *vma);
void vma_end_read(struct vm_area_struct *vma);

/* mmap_lock held, in whatever mode but with no writer: cannot fail. */
void vma_start_read_locked(struct vm_area_struct *vma);

/* mmap_lock W. Again in the same hold: nothing happens. */
void vma_start_write(struct vm_area_struct *vma);
bool vma_is_write_locked(struct vm_area_struct *vma);
/* The caller relies on the write lock (R9). */
void vma_assert_write_locked(struct vm_area_struct *vma);

/* Nothing held: the VMA of `address`, read-locked and looked up, or NULL: use
 * mmap_lock. */
struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm,
                                          unsigned long address);

#endif
