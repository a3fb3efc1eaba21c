/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c: see memory.h; the speculative fault is in spf.c.
 *
 * Stands for mm/memory.c (v5.1 with SPF v12; v5.12; v6.12, by era):
 * handle_mm_fault and the do_*_page below it, vmf_anon_prepare,
 * unmap_page_range, unmap_mapping_range; and for do_user_addr_fault.
 * Faithful: every page and table is allocated before the PTL or a page lock is
 * taken; a flush of the TLBs waits for threads with interrupts off, under the
 * PTL where the batch is full. Simplified: no swap, no dirty bits; a shared
 * mapping is written without page_mkwrite. */
#include "memory.h"

#include <string.h>

#include "classes.h"
#include "counters.h"
#include "filemap.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"
#include "vma_lock.h"

/* ---- zap ----------------------------------------------------------------- */

static void zap_pte(struct mmu_gather *tlb, struct vm_area_struct *vma,
                    pte_t *pte, const struct zap_details *details)
{
    uint64_t value = pte_get(pte);
    struct page *page;

    if (!(value & PTE_PRESENT))
        return;
    page = pte_page(value);
    if (details != NULL && details->keep_anon &&
        (page == NULL || PageAnon(page)))
        return;
    if (!pte_is_of(value, vma))
        count(COUNT_STALE_PTES);
    set_pte(pte, 0);
    if (page != NULL)
        page_remove_rmap(page);
    tlb_remove_page(tlb, page);
    count(COUNT_PTES_ZAPPED);
}

/* One batch under one PTL; returns where the next one begins. */
static noinline unsigned long zap_pte_range(struct mmu_gather *tlb,
                                            struct vm_area_struct *vma,
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
    vma_operation("zap_pte", vma, ptl);
    for (; start < end && tlb->count < MMU_GATHER_PAGES; start += PAGE_SIZE)
        zap_pte(tlb, vma, pte++, details);
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
    vma_operation("read_vma", vma, NULL);
    if (variant.era == ERA_2019_SPF)
        vm_write_begin(vma);
    while (start < end) {
        start = zap_pte_range(tlb, vma, start, end, details);
        script_point("unmap_page_range: a table is done");
        if (tlb->count == MMU_GATHER_PAGES)
            tlb_finish_mmu(tlb);
    }
    if (variant.era == ERA_2019_SPF)
        vm_write_end(vma);
}

noinline void zap_page_range_single(struct vm_area_struct *vma,
                                    unsigned long start, unsigned long len,
                                    const struct zap_details *details)
{
    struct mmu_gather tlb;

    mmu_notifier_invalidate_range_start(vma->vm_mm);
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
    /* For reading since v5.16: zapping is serialised by the PTLs. */
    if (variant.era == ERA_CURRENT)
        i_mmap_lock_read(mapping);
    else
        i_mmap_lock_write(mapping);
    while ((vma = vma_interval_tree_next(mapping, vma, first, last)) != NULL)
        unmap_mapping_range_vma(vma, first, last, &details);
    if (variant.era == ERA_CURRENT)
        i_mmap_unlock_read(mapping);
    else
        i_mmap_unlock_write(mapping);
}

/* ---- faults -------------------------------------------------------------- */

/* Told while the VMA is read-locked or mmap_lock is held: for as long as that
 * lasts the VMA keeps its anon_vma. */
static void is_prepared(struct vm_area_struct *vma, unsigned flags)
{
    vma_prepared(vma, flags & FAULT_FLAG_VMA_LOCK
                          ? (const void *)&vma->vm_lock
                          : (const void *)&vma->vm_mm->mmap_lock);
}

/* Beside a VMA lock, for neighbours; false: do without the VMA lock. */
static bool lock_mm_too(struct mm_struct *mm)
{
    if (variant.prepare_under_vma)
        return true;
    if (variant.prepare_waits) {
        mmap_read_lock(mm);
        return true;
    }
    return variant.anon_check == ANON_CHECK_TRYLOCK && mmap_read_trylock(mm);
}

/* The VMA lock is not enough: a neighbour's anon_vma is looked at first, and
 * neighbours are stable under mmap_lock alone (R7). Trying it is allowed under
 * a VMA lock, waiting for it is not (R11). */
noinline enum vm_fault vmf_anon_prepare(struct vm_area_struct *vma,
                                        unsigned flags)
{
    struct mm_struct *mm = vma->vm_mm;
    bool prepared;

    if (variant.anon_check_stale) /* S3's x3: "the lookup has seen to it" */
        return FAULT_DONE;
    if (READ_ONCE(vma->anon_vma) != NULL) {
        is_prepared(vma, flags);
        return FAULT_DONE;
    }
    if ((flags & FAULT_FLAG_VMA_LOCK) && !lock_mm_too(mm)) {
        vma_end_read(vma);
        return FAULT_RETRY;
    }
    prepared = anon_vma_prepare(vma);
    if ((flags & FAULT_FLAG_VMA_LOCK) && !variant.prepare_under_vma)
        mmap_read_unlock(mm);
    if (!prepared)
        return FAULT_OOM;
    is_prepared(vma, flags);
    return FAULT_DONE;
}

noinline bool map_new_page(struct vm_area_struct *vma, unsigned long address,
                           struct page *page, bool anon)
{
    spinlock_t *ptl;
    pte_t *pte = pte_offset_map_lock(vma->vm_mm, address, &ptl);
    bool writable = anon || (vma->vm_flags & VM_SHARED);
    bool mapped = false;

    vma_operation("install_pte", vma, ptl);
    if (!(pte_get(pte) & PTE_PRESENT)) {
        if (anon)
            page_add_new_anon_rmap(page, vma, address);
        else
            page_add_file_rmap(page);
        set_pte(pte, mk_pte(page, writable && (vma->vm_flags & VM_WRITE)) |
                         pte_generation(vma));
        mapped = true;
    }
    pte_unmap_unlock(pte, ptl);
    return mapped;
}

noinline uint64_t follow_pte(struct vm_area_struct *vma, unsigned long address)
{
    spinlock_t *ptl;
    pte_t *pte;
    uint64_t value;

    vma_operation("traverse", vma, NULL);
    pte = pte_offset_map_lock(vma->vm_mm, address, &ptl);
    if (pte == NULL)
        return 0;
    value = pte_get(pte);
    pte_unmap_unlock(pte, ptl);
    return value & PTE_PRESENT ? value : 0;
}

static noinline enum vm_fault map_zero_page(struct vm_area_struct *vma,
                                            unsigned long address)
{
    spinlock_t *ptl;
    pte_t *pte = pte_offset_map_lock(vma->vm_mm, address, &ptl);

    vma_operation("install_pte", vma, ptl);
    if (!(pte_get(pte) & PTE_PRESENT))
        set_pte(pte, PTE_PRESENT | PTE_SPECIAL | pte_generation(vma));
    pte_unmap_unlock(pte, ptl);
    return FAULT_DONE;
}

/* Reading needs no page, hence no anon_vma. */
static noinline enum vm_fault do_anonymous_page(struct vm_area_struct *vma,
                                                unsigned long address,
                                                unsigned flags)
{
    struct page *page;
    enum vm_fault result;

    if (!(flags & FAULT_FLAG_WRITE))
        return map_zero_page(vma, address);
    result = vmf_anon_prepare(vma, flags);
    if (result != FAULT_DONE)
        return result;
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

static noinline enum vm_fault
do_cow_fault(struct vm_area_struct *vma, unsigned long address, unsigned flags)
{
    enum vm_fault result = vmf_anon_prepare(vma, flags);
    struct page *copy, *page;
    bool mapped;

    if (result != FAULT_DONE)
        return result;
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

/* A private file page or the zero page is there: give the VMA a copy. */
static noinline enum vm_fault wp_page_copy(struct vm_area_struct *vma,
                                           unsigned long address, uint64_t seen,
                                           unsigned flags)
{
    enum vm_fault result = vmf_anon_prepare(vma, flags);
    struct page *old = pte_page(seen);
    struct page *copy;
    spinlock_t *ptl;
    pte_t *pte;
    bool same;

    if (result != FAULT_DONE)
        return result;
    copy = __alloc_pages(GFP_KERNEL);
    if (copy == NULL)
        return FAULT_OOM;
    pte = pte_offset_map_lock(vma->vm_mm, address, &ptl);
    vma_operation("install_pte", vma, ptl);
    same = pte_get(pte) == seen;
    if (same && old != NULL) {
        memcpy(page_address(copy), page_address(old), PAGE_SIZE);
        page_remove_rmap(old);
    }
    if (same) {
        page_add_new_anon_rmap(copy, vma, address);
        set_pte(pte, mk_pte(copy, true) | pte_generation(vma));
    }
    pte_unmap_unlock(pte, ptl);
    if (!same)
        put_page(copy);
    else if (old != NULL)
        put_page(old);
    return FAULT_DONE;
}

static enum vm_fault do_missing(struct vm_area_struct *vma,
                                unsigned long address, unsigned flags)
{
    if (vma->vm_file == NULL)
        return do_anonymous_page(vma, address, flags);
    if ((flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_SHARED))
        return do_cow_fault(vma, address, flags);
    return do_read_fault(vma, address);
}

noinline enum vm_fault handle_mm_fault(struct vm_area_struct *vma,
                                       unsigned long address, unsigned flags)
{
    uint64_t seen;

    vma_operation("read_vma", vma, NULL);
    vma_operation("traverse", vma, NULL);
    if (!pte_alloc(vma->vm_mm, address))
        return FAULT_OOM;
    seen = pte_get(pte_offset(pmd_table(vma->vm_mm, address), address));
    if (!(seen & PTE_PRESENT))
        return do_missing(vma, address, flags);
    if ((flags & FAULT_FLAG_WRITE) && !(seen & PTE_WRITE))
        return wp_page_copy(vma, address, seen, flags);
    return FAULT_DONE;
}

static bool allowed(const struct vm_area_struct *vma, bool write)
{
    return vma->vm_flags & (write ? VM_WRITE : VM_READ);
}

static enum vm_fault classic_fault(struct mm_struct *mm, unsigned long address,
                                   bool write)
{
    struct vm_area_struct *vma = find_vma(mm, address);

    if (vma == NULL || vma->vm_start > address)
        return FAULT_SIGSEGV;
    if (!allowed(vma, write))
        return FAULT_SIGSEGV;
    return handle_mm_fault(vma, address, write ? FAULT_FLAG_WRITE : 0);
}

/* S3's x4: "we hold mmap_lock now, and we know the VMA". */
static noinline enum vm_fault use_after_retry(struct vm_area_struct *vma,
                                              unsigned long address, bool write)
{
    struct mm_struct *mm = vma->vm_mm;
    enum vm_fault result = FAULT_SIGSEGV;

    script_point("do_page_fault: retry");
    mmap_read_lock(mm);
    vma_operation("use_vma", vma, NULL);
    if (atomic_load(&vma->vm_lock.refcnt) == 0)
        count(COUNT_DEAD_VMAS); /* and would go on, to map a page there */
    else
        result = handle_mm_fault(vma, address, write ? FAULT_FLAG_WRITE : 0);
    mmap_read_unlock(mm);
    return result;
}

/* FAULT_RETRY: nothing held. */
static noinline enum vm_fault
vma_locked_fault(struct mm_struct *mm, unsigned long address, bool write)
{
    struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
    unsigned flags = FAULT_FLAG_VMA_LOCK | (write ? FAULT_FLAG_WRITE : 0);
    enum vm_fault result = FAULT_SIGSEGV;

    if (vma == NULL)
        return FAULT_RETRY;
    if (allowed(vma, write))
        result = handle_mm_fault(vma, address, flags);
    if (result == FAULT_RETRY && variant.vma_after_retry)
        return use_after_retry(vma, address, write);
    if (result == FAULT_RETRY)
        return FAULT_RETRY;
    vma_end_read(vma);
    count(COUNT_VMA_LOCKED);
    return result;
}

/* The way without mmap_lock, if the era has one. */
static enum vm_fault optimistic_fault(struct mm_struct *mm,
                                      unsigned long address, bool write)
{
    enum vm_fault result = FAULT_RETRY;

    if (variant.era == ERA_2019_SPF)
        return handle_speculative_fault(mm, address, write);
    if (variant.era == ERA_CURRENT) {
        result = vma_locked_fault(mm, address, write);
        if (result == FAULT_RETRY)
            count(COUNT_FELL_BACK);
    }
    return result;
}

noinline enum vm_fault do_page_fault(struct mm_struct *mm,
                                     unsigned long address, bool write)
{
    enum vm_fault result = optimistic_fault(mm, address, write);

    count(COUNT_FAULTS);
    if (result != FAULT_RETRY)
        return result;
    mmap_read_lock(mm);
    result = classic_fault(mm, address, write);
    mmap_read_unlock(mm);
    return result;
}
