/* SPDX-License-Identifier: BSD-2-Clause */
/* mmap_lock.h: mm->mmap_lock, and what ends with it.
 *
 * mm_lock_seq is odd while the lock is held for writing. A VMA is write-locked
 * when its own copy equals it, so that one increment, at unlock or downgrade,
 * ends every VMA write lock of the mm (rule R9). To the validator that is a
 * right anchored to mmap_lock: see vma_lock.h.
 *
 * Stands for include/linux/mmap_lock.h (v6.12). */
#ifndef MM_MMAP_LOCK_H
#define MM_MMAP_LOCK_H

#include "hold.h"
#include "mm_types.h"
#include "rules.h"

static inline void mmap_read_lock(struct mm_struct *mm)
{
    mm_operation("mmap_wait", mm);
    down_read(&mm->mmap_lock);
    hold_begin(HOLD_MMAP_READ);
}

static inline bool mmap_read_trylock(struct mm_struct *mm)
{
    if (!down_read_trylock(&mm->mmap_lock))
        return false;
    hold_begin(HOLD_MMAP_READ);
    return true;
}

static inline void mmap_read_unlock(struct mm_struct *mm)
{
    hold_end(HOLD_MMAP_READ);
    up_read(&mm->mmap_lock);
}

static inline void mmap_write_lock(struct mm_struct *mm)
{
    mm_operation("mmap_wait", mm);
    down_write(&mm->mmap_lock);
    hold_begin(HOLD_MMAP_WRITE);
    atomic_fetch_add(&mm->mm_lock_seq, 1);
}

static inline void vma_end_write_all(struct mm_struct *mm)
{
    atomic_fetch_add(&mm->mm_lock_seq, 1);
}

static inline void mmap_write_unlock(struct mm_struct *mm)
{
    vma_end_write_all(mm);
    hold_end(HOLD_MMAP_WRITE);
    up_write(&mm->mmap_lock);
}

static inline void mmap_write_downgrade(struct mm_struct *mm)
{
    vma_end_write_all(mm);
    hold_end(HOLD_MMAP_WRITE);
    hold_begin(HOLD_MMAP_READ);
    downgrade_write(&mm->mmap_lock);
}

#endif
