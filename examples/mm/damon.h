/* SPDX-License-Identifier: BSD-2-Clause */
/* damon.h: sampling which pages are accessed: DAMON's part for virtual
 * addresses.
 *
 * A sample clears the accessed bit of one entry. The PTL protects the entry,
 * not the table in which both lie: that stays because the VMA does (rule R15),
 * which is what v34 of the series got wrong (S4).
 *
 * Stands for mm/damon/vaddr.c (v5.15: damon_va_mkold under mmap_read_lock by
 * walk_page_range); the VMA lock in its place is what /proc/PID/smaps and
 * madvise do today (v6.15 and on). */
#ifndef MM_DAMON_H
#define MM_DAMON_H

#include "mm_types.h"

/* Nothing held; each true if there was an entry that had been accessed. By
 * mmap_lock for reading, by the VMA lock, and by mmap_lock for writing without
 * a look at VMAs (S4's rules a and b). */
bool damon_va_mkold(struct mm_struct *mm, unsigned long address);
bool damon_va_mkold_vma_lock(struct mm_struct *mm, unsigned long address);
bool damon_va_mkold_exclusive(struct mm_struct *mm, unsigned long address);

/* A VMA of `mm` that covers `address` and is stable, or, with mmap_lock W,
 * NULL. The entry's PTL is taken inside. */
bool damon_mkold_entry(struct mm_struct *mm, struct vm_area_struct *vma,
                       unsigned long address);

#endif
