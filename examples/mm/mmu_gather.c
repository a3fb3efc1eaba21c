/* SPDX-License-Identifier: BSD-2-Clause */
/* mmu_gather.c: see mmu_gather.h. */
#include "mmu_gather.h"

#include "classes.h"
#include "irq.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "variant.h"

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm)
{
    tlb->mm = mm;
    tlb->unflushed = false;
    tlb->count = 0;
    tlb->tables = 0;
}

noinline void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
{
    if (tlb->unflushed)
        ipi_sync();
    tlb->unflushed = false;
}

void tlb_finish_mmu(struct mmu_gather *tlb)
{
    tlb_flush_mmu_tlbonly(tlb);
    while (tlb->count > 0)
        put_page(tlb->page[--tlb->count]);
    while (tlb->tables > 0)
        table_free(tlb->table[--tlb->tables]);
}

void tlb_remove_page(struct mmu_gather *tlb, struct page *page)
{
    BUG_ON(tlb->count == MMU_GATHER_PAGES);
    tlb->unflushed = true;
    if (page != NULL)
        tlb->page[tlb->count++] = page;
}

void tlb_remove_table(struct mmu_gather *tlb, struct page_table *table)
{
    if (tlb->tables == MMU_GATHER_TABLES)
        tlb_finish_mmu(tlb);
    tlb->unflushed = true;
    tlb->table[tlb->tables++] = table;
}

void mmu_notifier_invalidate_range_start(struct mm_struct *mm)
{
    (void)mm;
    if (variant.era == ERA_2019_SPF)
        return;
    lockval_pseudo_enter(&mmu_notifier_class, LOCKVAL_WRITE);
    lockval_pseudo_exit(&mmu_notifier_class);
}

noinline void flush_tlb_page(struct vm_area_struct *vma, unsigned long address)
{
    (void)vma, (void)address;
    ipi_sync();
}
