/* SPDX-License-Identifier: BSD-2-Clause */
/* vma_tree.h: the VMAs of an mm by address, for readers under RCU.
 *
 * A reader sees one state of the address space that was whole at some instant:
 * each change publishes a new array of ranges, and the old one is freed after a
 * grace period. The ranges are copies; a VMA's own fields may be another
 * state's by the time they are read.
 *
 * Stands for the maple tree in RCU mode (lib/maple_tree.c, v6.12). Simplified:
 * one node of any size, rebuilt whole; its memory is the C library's, not the
 * pool's (the kernel preallocates nodes before it takes rmap locks). Published
 * in the eras that have it (variant.h); 2019 looks VMAs up under mm_rb_lock. */
#ifndef MM_VMA_TREE_H
#define MM_VMA_TREE_H

#include "mm_types.h"

/* mmap_lock W, after the list of VMAs or a range in it has changed. */
void vma_tree_publish(struct mm_struct *mm);

/* No reader is left. */
void vma_tree_free(struct mm_struct *mm);

/* RCU or mmap_lock held. The VMA whose range held `address`, or NULL. */
struct vm_area_struct *vma_tree_find(struct mm_struct *mm,
                                     unsigned long address);

/* RCU held. The first range that ends after `address`; NULL past the last. The
 * entry lives as long as the read section. */
struct vma_tree_entry {
    unsigned long start, end;
    struct vm_area_struct *vma;
};
const struct vma_tree_entry *vma_tree_next(struct mm_struct *mm,
                                           unsigned long address);

#endif
