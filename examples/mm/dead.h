/* SPDX-License-Identifier: BSD-2-Clause */
/* dead.h: ranges that were unmapped, and that some reader may still walk.
 *
 * S2 asks what munmap has to do once readers find VMAs and walk page tables
 * under RCU alone: tables stay until the last of them has gone, so that the
 * range must not get another mapping, whose readers would see the old entries
 * ("PTE of generation g seen through VMA g+1"). Its three answers:
 *
 *   SOL1  wait for a grace period inside munmap, mmap_lock held
 *   SOL2  count references of VMAs, free tables with the last: does not help
 *   SOL3  leave a dead entry where the VMA was; wait without mmap_lock; erase
 *         it after the grace period and the flush of TLBs
 *
 * A range is quiet when both are over. To the validator that is a right, under
 * mmap_lock, which the operation reuse_range needs (rule S2). Whether anyone
 * looks before he takes a range is the code's own business.
 *
 * Stands for no kernel code: for the proposals in S2 (v5.12 with the maple
 * tree). The kernel decided otherwise: VMA locks, and nobody walks page tables
 * of a VMA under RCU. All functions: mmap_lock W, unless told. */
#ifndef MM_DEAD_H
#define MM_DEAD_H

#include "mm_types.h"

/* One unmapped range, on the stack of its munmap. */
struct dead_range {
    struct mm_struct *mm;
    unsigned long start, end;
    bool quiet; /* no reader, no TLB has it */
    bool entry; /* searchers find it: it was not erased or replaced */
    struct list_head link;
};

/* The VMAs in `detached` are out of the tree. Waits as the variant's answer
 * has it, which may drop mmap_lock and take it again. */
void dead_begin(struct dead_range *dead, struct mm_struct *mm,
                struct list_head *detached, unsigned long start,
                unsigned long end);
/* Their entries and tables are gone, TLBs flushed. */
void dead_end(struct dead_range *dead);

/* The live VMA that erase_by_range took along, linked again, so that the run
 * can end. */
void dead_relink_lost(void);

/* Until no dead entry overlaps: drops mmap_lock meanwhile. */
void dead_await(struct mm_struct *mm, unsigned long start, unsigned long end);

/* Where a search goes on that has come to `start`: past the dead entries. */
unsigned long dead_skip(struct mm_struct *mm, unsigned long start,
                        unsigned long end);

/* The range is about to be mapped: tells reuse_range. A quiet entry in it is
 * replaced. */
void dead_take(struct mm_struct *mm, unsigned long start, unsigned long end);

#endif
