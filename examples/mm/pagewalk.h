/* SPDX-License-Identifier: BSD-2-Clause */
/* pagewalk.h: looking at all entries of a range, and what keeps them there.
 *
 * Stands for include/linux/pagewalk.h and mm/pagewalk.c (v6.12):
 * walk_page_range, walk_page_vma, walk_page_range_novma, process_vma_walk_lock.
 * Simplified: only present entries of leaf tables are visited, each under its
 * PTL. */
#ifndef MM_PAGEWALK_H
#define MM_PAGEWALK_H

#include "mm_types.h"

/* What the caller holds, or lets the walk take, for each VMA (R25). */
enum page_walk_lock {
    PGWALK_RDLOCK,            /* mmap_lock R is enough */
    PGWALK_WRLOCK,            /* mmap_lock W; the walk write-locks the VMA */
    PGWALK_WRLOCK_VERIFY,     /* the caller has write-locked it */
    PGWALK_VMA_RDLOCK_VERIFY, /* the caller has read-locked it */
};

struct mm_walk_ops {
    void (*pte_entry)(uint64_t value, unsigned long address, void *private);
    enum page_walk_lock walk_lock;
};

/* Every VMA that [start, end) meets, the part of it that lies there. */
void walk_page_range(struct mm_struct *mm, unsigned long start,
                     unsigned long end, const struct mm_walk_ops *ops,
                     void *private);

/* One VMA, for callers that hold nothing more than that. */
void walk_page_vma(struct vm_area_struct *vma, const struct mm_walk_ops *ops,
                   void *private);

/* Tables, whether or not a VMA is there: mmap_lock W, as a munmap that has
 * downgraded may be freeing tables in what looks like a hole (R19). */
void walk_page_range_novma(struct mm_struct *mm, unsigned long start,
                           unsigned long end, const struct mm_walk_ops *ops,
                           void *private);

#endif
