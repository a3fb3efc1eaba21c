/* SPDX-License-Identifier: BSD-2-Clause */
/* mmu_gather.h: what was unmapped and may be freed only after the TLBs forget.
 *
 * An entry that was cleared may still be in some processor's TLB, and a table
 * that was unlinked under some processor's feet (GUP-fast walks with interrupts
 * off). Pages and tables are gathered, one flush waits for all processors'
 * answers, then they are freed.
 *
 * Stands for mm/mmu_gather.c and asm-generic/tlb.h (v6.12), tlb_flush and
 * tlb_remove_table_sync_one. Simplified: a flush is one IPI to all, whatever
 * the range; nothing depends on what a TLB holds but the time of the free. */
#ifndef MM_MMU_GATHER_H
#define MM_MMU_GATHER_H

#include "mm_types.h"

#define MMU_GATHER_PAGES 16
#define MMU_GATHER_TABLES 16
struct mmu_gather {
    struct mm_struct *mm;
    bool unflushed; /* something was cleared since the last flush */
    unsigned count, tables;
    struct page *page[MMU_GATHER_PAGES];
    struct page_table *table[MMU_GATHER_TABLES];
};

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm);
/* Wait until no processor's TLB has what was cleared: flush_tlb_mm_range. */
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb);
/* Flush and free what was gathered, if anything was; no spinlock held. */
void tlb_finish_mmu(struct mmu_gather *tlb);

/* A PTE was cleared; the reference that it had goes to the gather (`page` NULL:
 * it had none). There must be room: count < MMU_GATHER_PAGES. */
void tlb_remove_page(struct mmu_gather *tlb, struct page *page);
/* An empty table that is linked no more; flushes by itself when full. */
void tlb_remove_table(struct mmu_gather *tlb, struct page_table *table);

/* Entries of `mm` are about to be cleared: tell who mirrors them (v5.8 and on).
 * Nobody does here, but who did could wait; a pseudo-lock, entered and left. */
void mmu_notifier_invalidate_range_start(struct mm_struct *mm);

/* One entry of `vma` was cleared: wait until no TLB has it. Called under the
 * PTL, which therefore nobody may wait for with interrupts off (R24). */
void flush_tlb_page(struct vm_area_struct *vma, unsigned long address);

#endif
