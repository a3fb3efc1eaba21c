/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c: see memory.h; the speculative fault is in spf.c.
 *
 * Stands for mm/memory.c (v5.1 with SPF v12): handle_mm_fault and the do_*_page
 * below it, unmap_page_range, unmap_mapping_range; and for do_user_addr_fault.
 * Faithful: every page and table is allocated before the PTL or a page lock is
 * taken; a flush of the TLBs waits for threads with interrupts off, under the
 * PTL where the batch is full. Simplified: no swap, no dirty bits; a shared
 * mapping is written without page_mkwrite. */
#include "memory.h"

#include <string.h>

#include "counters.h"
#include "filemap.h"
#include "irq.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "script.h"
#include "vma.h"

/* ---- zap ----------------------------------------------------------------- */

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm)
{
    tlb->mm = mm;
    tlb->unflushed = false;
    tlb->count = 0;
}

/* Waits until every thread has dropped its translations: flush_tlb_mm_range. */
static noinline void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
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
}

/* The caller has made sure that there is room. */
static void tlb_remove_page(struct mmu_gather *tlb, struct page *page)
{
    tlb->page[tlb->count++] = page;
    tlb->unflushed = true;
}

static void zap_pte(struct mmu_gather *tlb, pte_t *pte,
                    const struct zap_details *details)
{
    uint64_t value = pte_get(pte);
    struct page *page;

    if (!(value & PTE_PRESENT))
        return;
    page = pte_page(value);
    if (details != NULL && details->keep_anon && PageAnon(page))
        return;
    set_pte(pte, 0);
    page_remove_rmap(page);
    tlb_remove_page(tlb, page);
    count(COUNT_PTES_ZAPPED);
}

/* One batch under one PTL; returns where the next one begins. */
static noinline unsigned long zap_pte_range(struct mmu_gather *tlb,
                                            unsigned long start,
                                            unsigned long end,
                                            const struct zap_details *details)
{
    unsigned long table_end = (start & PMD_MASK) + PMD_SIZE;
    spinlock_t *ptl;
    pte_t *pte = pte_offset_map_lock(tlb->mm, start, &ptl);

    if (end > table_end)
        end = table_end;
    if (pte == NULL)
        return end;
    for (; start < end && tlb->count < MMU_GATHER_PAGES; start += PAGE_SIZE)
        zap_pte(tlb, pte++, details);
    /* Full (force_flush): "do the actual TLB flush before dropping ptl". */
    if (tlb->count == MMU_GATHER_PAGES)
        tlb_flush_mmu_tlbonly(tlb);
    pte_unmap_unlock(pte, ptl);
    return start;
}

noinline void unmap_page_range(struct mmu_gather *tlb,
                               struct vm_area_struct *vma, unsigned long start,
                               unsigned long end,
                               const struct zap_details *details)
{
    BUG_ON(start >= end);
    vm_write_begin(vma);
    while (start < end) {
        start = zap_pte_range(tlb, start, end, details);
        script_point("unmap_page_range: a table is done");
        if (tlb->count == MMU_GATHER_PAGES)
            tlb_finish_mmu(tlb);
    }
    vm_write_end(vma);
}

noinline void zap_page_range_single(struct vm_area_struct *vma,
                                    unsigned long start, unsigned long len,
                                    const struct zap_details *details)
{
    struct mmu_gather tlb;

    tlb_gather_mmu(&tlb, vma->vm_mm);
    unmap_page_range(&tlb, vma, start, start + len, details);
    tlb_finish_mmu(&tlb);
}

/* ---- unmap_mapping_range ------------------------------------------------- */

static noinline void unmap_mapping_range_vma(struct vm_area_struct *vma,
                                             unsigned long first,
                                             unsigned long last,
                                             const struct zap_details *details)
{
    unsigned long start = vma->vm_start;
    unsigned long end = vma->vm_end;

    if (first > vma->vm_pgoff)
        start += (first - vma->vm_pgoff) << PAGE_SHIFT;
    if (last < linear_page_index(vma, end) - 1)
        end = vma->vm_start + ((last + 1 - vma->vm_pgoff) << PAGE_SHIFT);
    zap_page_range_single(vma, start, end - start, details);
}

noinline void unmap_mapping_range(struct address_space *mapping,
                                  unsigned long first, unsigned long count,
                                  bool even_cows)
{
    struct zap_details details = {.keep_anon = !even_cows};
    unsigned long last = first + count - 1;
    struct vm_area_struct *vma = NULL;

    if (count == 0)
        return;
    i_mmap_lock_write(mapping);
    while ((vma = vma_interval_tree_next(mapping, vma, first, last)) != NULL)
        unmap_mapping_range_vma(vma, first, last, &details);
    i_mmap_unlock_write(mapping);
}

/* ---- faults -------------------------------------------------------------- */

/* Map `page`, whose reference the entry takes over, where nothing is mapped;
 * false: someone was faster. */
static bool map_new_page(struct vm_area_struct *vma, unsigned long address,
                         struct page *page, bool anon)
{
    spinlock_t *ptl;
    pte_t *pte = pte_offset_map_lock(vma->vm_mm, address, &ptl);
    bool writable = anon || (vma->vm_flags & VM_SHARED);
    bool mapped = false;

    if (!(pte_get(pte) & PTE_PRESENT)) {
        if (anon)
            page_add_new_anon_rmap(page, vma, address);
        else
            page_add_file_rmap(page);
        set_pte(pte, mk_pte(page, writable && (vma->vm_flags & VM_WRITE)));
        mapped = true;
    }
    pte_unmap_unlock(pte, ptl);
    return mapped;
}

static noinline enum vm_fault do_anonymous_page(struct vm_area_struct *vma,
                                                unsigned long address)
{
    struct page *page;

    if (!anon_vma_prepare(vma))
        return FAULT_OOM;
    page = __alloc_pages(GFP_KERNEL);
    if (page == NULL)
        return FAULT_OOM;
    if (!map_new_page(vma, address, page, true))
        put_page(page);
    return FAULT_DONE;
}

static struct page *fault_file_page(struct vm_area_struct *vma,
                                    unsigned long address)
{
    return filemap_fault(vma->vm_file, linear_page_index(vma, address));
}

static noinline enum vm_fault do_read_fault(struct vm_area_struct *vma,
                                            unsigned long address)
{
    struct page *page = fault_file_page(vma, address);
    bool mapped;

    if (page == NULL)
        return FAULT_SIGBUS;
    mapped = map_new_page(vma, address, page, false);
    unlock_page(page);
    if (!mapped)
        put_page(page);
    return FAULT_DONE;
}

static noinline enum vm_fault do_cow_fault(struct vm_area_struct *vma,
                                           unsigned long address)
{
    struct page *copy, *page;
    bool mapped;

    if (!anon_vma_prepare(vma))
        return FAULT_OOM;
    copy = __alloc_pages(GFP_KERNEL);
    if (copy == NULL)
        return FAULT_OOM;
    page = fault_file_page(vma, address);
    if (page == NULL) {
        put_page(copy);
        return FAULT_SIGBUS;
    }
    memcpy(page_address(copy), page_address(page), PAGE_SIZE);
    mapped = map_new_page(vma, address, copy, true);
    unlock_page(page);
    put_page(page);
    if (!mapped)
        put_page(copy);
    return FAULT_DONE;
}

/* A private file page is there, read-only: give the VMA a copy. */
static noinline enum vm_fault wp_page_copy(struct vm_area_struct *vma,
                                           unsigned long address, uint64_t seen)
{
    struct page *old = pte_page(seen);
    struct page *copy;
    spinlock_t *ptl;
    pte_t *pte;
    bool same;

    if (!anon_vma_prepare(vma))
        return FAULT_OOM;
    copy = __alloc_pages(GFP_KERNEL);
    if (copy == NULL)
        return FAULT_OOM;
    pte = pte_offset_map_lock(vma->vm_mm, address, &ptl);
    same = pte_get(pte) == seen;
    if (same) {
        memcpy(page_address(copy), page_address(old), PAGE_SIZE);
        page_remove_rmap(old);
        page_add_new_anon_rmap(copy, vma, address);
        set_pte(pte, mk_pte(copy, true));
    }
    pte_unmap_unlock(pte, ptl);
    put_page(same ? old : copy);
    return FAULT_DONE;
}

static enum vm_fault do_missing(struct vm_area_struct *vma,
                                unsigned long address, bool write)
{
    if (vma->vm_file == NULL)
        return do_anonymous_page(vma, address);
    if (write && !(vma->vm_flags & VM_SHARED))
        return do_cow_fault(vma, address);
    return do_read_fault(vma, address);
}

noinline enum vm_fault handle_mm_fault(struct vm_area_struct *vma,
                                       unsigned long address, bool write)
{
    uint64_t seen;

    if (!pte_alloc(vma->vm_mm, address))
        return FAULT_OOM;
    seen = pte_get(pte_offset(pmd_table(vma->vm_mm, address), address));
    if (!(seen & PTE_PRESENT))
        return do_missing(vma, address, write);
    if (write && !(seen & PTE_WRITE))
        return wp_page_copy(vma, address, seen);
    return FAULT_DONE;
}

static enum vm_fault classic_fault(struct mm_struct *mm, unsigned long address,
                                   bool write)
{
    struct vm_area_struct *vma = find_vma(mm, address);

    if (vma == NULL || vma->vm_start > address)
        return FAULT_SIGSEGV;
    if (!(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
        return FAULT_SIGSEGV;
    return handle_mm_fault(vma, address, write);
}

noinline enum vm_fault do_page_fault(struct mm_struct *mm,
                                     unsigned long address, bool write)
{
    enum vm_fault result = handle_speculative_fault(mm, address, write);

    count(COUNT_FAULTS);
    if (result != FAULT_RETRY)
        return result;
    down_read(&mm->mmap_lock);
    result = classic_fault(mm, address, write);
    up_read(&mm->mmap_lock);
    return result;
}
