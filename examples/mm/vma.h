/* SPDX-License-Identifier: BSD-2-Clause */
/* vma.h: single VMAs: how they are found, linked, written and freed.
 *
 * Nothing else reads mm->mmap, so that the list can become a tree.
 *
 * Stands for mm/mmap.c, kernel/fork.c and include/linux/mm.h of v5.1 with SPF
 * v12 (vm_write_begin and kin, vm_ref_count, mm_rb_lock, get_vma, put_vma). */
#ifndef MM_VMA_H
#define MM_VMA_H

#include "mm_types.h"

/* A VMA that is not linked, with one reference; NULL: no memory. */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm);
/* The same, a copy of `from` without its anon_vmas and links. */
struct vm_area_struct *vm_area_dup(const struct vm_area_struct *from);

/* The file that it maps: once, before it is linked (R6). */
void vma_set_file(struct vm_area_struct *vma, struct inode *file);

/* mmap_lock held. The VMA that contains `address` or the next one; NULL. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address);
/* Neighbours in the address space, or NULL. `vma` NULL: the first, the last. */
struct vm_area_struct *vma_next(struct mm_struct *mm,
                                const struct vm_area_struct *vma);
struct vm_area_struct *vma_prev(struct mm_struct *mm,
                                const struct vm_area_struct *vma);

/* Nothing held: a reference to the VMA that contains `address`, or NULL. It
 * stays a VMA, not necessarily this one's mm's. */
struct vm_area_struct *get_vma(struct mm_struct *mm, unsigned long address);
void put_vma(struct vm_area_struct *vma);

/* Give the memory of VMAs that were freed back to the pool; waits for a grace
 * period. Holds nothing. */
void vm_area_cache_shrink(void);

/* mmap_lock W. Into or out of the list alone; takes mm_rb_lock. */
void __vma_link(struct mm_struct *mm, struct vm_area_struct *vma);
void __vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma);

/* mmap_lock W. Into the list and, if there is a file, into its i_mmap. */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma);

/* Nobody finds the VMA by `link` (shared or anon_chain) any more, for as long
 * as the caller holds mmap_lock. */
void vma_left_rmap(struct vm_area_struct *vma, const void *link);

/* Out of i_mmap; takes i_mmap_rwsem. */
void unlink_file_vma(struct vm_area_struct *vma);

/* Is nobody writing the VMA? Looks once, or, with `wait`, waits until it is so:
 * under a lock that a writer may want, that is the deadlock of S1's x1, x2. */
bool vma_is_at_rest(struct vm_area_struct *vma, bool wait);

/* A write of the VMA's sequence count: from begin to end a speculative reader
 * backs off. Annotated, of a second VMA (move_vma), of a second VMA whose
 * order mmap_lock makes (__vma_adjust), and raw. */
static inline void vm_write_begin(struct vm_area_struct *vma)
{
    write_seqcount_begin(&vma->vm_sequence);
}

static inline void vm_write_begin_nested(struct vm_area_struct *vma,
                                         unsigned subclass)
{
    write_seqcount_begin_nested(&vma->vm_sequence, subclass);
}

static inline void vm_write_begin_nest_lock(struct vm_area_struct *vma)
{
    write_seqcount_begin_nest_lock(&vma->vm_sequence, &vma->vm_mm->mmap_lock);
}

static inline void vm_write_end(struct vm_area_struct *vma)
{
    write_seqcount_end(&vma->vm_sequence);
}

static inline void vm_raw_write_begin(struct vm_area_struct *vma)
{
    raw_write_seqcount_begin(&vma->vm_sequence);
}

static inline void vm_raw_write_end(struct vm_area_struct *vma)
{
    raw_write_seqcount_end(&vma->vm_sequence);
}

#endif
