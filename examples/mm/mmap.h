/* SPDX-License-Identifier: BSD-2-Clause */
/* mmap.h: address spaces and the system calls that shape them.
 *
 * Addresses and lengths are multiples of PAGE_SIZE below TASK_SIZE; functions
 * without leading underscores take mmap_lock themselves unless told. Results
 * below 0 are -errno. */
#ifndef MM_MMAP_H
#define MM_MMAP_H

#include "mm_types.h"

/* NULL: no memory. */
struct mm_struct *mm_alloc(void);
/* Its threads are gone: unmap everything and free it. */
void mmput(struct mm_struct *mm);

/* mmap(MAP_FIXED) of a range that must be free; `file` NULL: anonymous. Joins
 * neighbours that fit. */
int vm_mmap(struct mm_struct *mm, unsigned long start, unsigned long len,
            unsigned long flags, struct inode *file, unsigned long pgoff);
/* mmap without MAP_FIXED: anonymous, in the first gap from `from` on. Returns
 * where, 0: no memory. */
unsigned long vm_mmap_anywhere(struct mm_struct *mm, unsigned long from,
                               unsigned long len, unsigned long flags);
int vm_munmap(struct mm_struct *mm, unsigned long start, unsigned long len);

/* munmap with mmap_lock held for writing. */
int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len);

/* mremap(MREMAP_MAYMOVE | MREMAP_FIXED) of one whole VMA to a free range. */
int vm_mremap(struct mm_struct *mm, unsigned long from, unsigned long to);

/* madvise(MADV_DONTNEED); takes mmap_lock for reading. */
int vm_madvise_dontneed(struct mm_struct *mm, unsigned long start,
                        unsigned long len);

/* mprotect(2): the range gets the rights of `flags` (VM_READ, VM_WRITE). */
int vm_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len,
                unsigned long flags);

/* Make `address` a boundary between VMAs; mmap_lock W. 0 or -ENOMEM. */
int split_at(struct mm_struct *mm, unsigned long address);

/* Change [vm_start, vm_end) and vm_pgoff of a VMA whose neighbours follow from
 * that: a next one that it swallows is removed, `insert` (or NULL) is linked.
 * mmap_lock W. -ENOMEM: nothing changed. */
int __vma_adjust(struct vm_area_struct *vma, unsigned long start,
                 unsigned long end, unsigned long pgoff,
                 struct vm_area_struct *insert);

/* A VMA of the same length for what is at `vma`, linked at `to`; NULL: no
 * memory. With variant.move_raw it comes back inside a raw write. */
struct vm_area_struct *copy_vma(struct vm_area_struct *vma, unsigned long to);

#endif
