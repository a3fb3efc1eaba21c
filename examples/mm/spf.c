/* SPDX-License-Identifier: BSD-2-Clause */
/* spf.c: the page fault that takes no mmap_lock.
 *
 * Stands for mm/memory.c of SPF v12: __handle_speculative_fault,
 * vma_has_changed, pte_map_lock. Faithful: the VMA is found by reference; its
 * count is looked at once, never waited for; its fields are copied and checked
 * before use; under the PTL, which is only tried, the count is compared again;
 * whatever goes wrong ends in FAULT_RETRY with nothing held (rule R29).
 * The table is looked up with interrupts off: who frees one waits for that.
 * Simplified: missing anonymous pages only, as v12; the entry is looked at for
 * the first time under the PTL. */
#include "classes.h"
#include "counters.h"
#include "irq.h"
#include "memory.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"

/* What the fault believes of the VMA, all read after `sequence`. */
struct speculation {
    struct vm_area_struct *vma;
    unsigned sequence;
    unsigned long start, end, flags;
    struct anon_vma *anon_vma;
};

/* False: in the middle of a change, or nothing for a speculation. */
static noinline bool speculate(struct speculation *spec, unsigned long address,
                               bool write)
{
    struct vm_area_struct *vma = spec->vma;

    spec->sequence = raw_read_seqcount(&vma->vm_sequence);
    if (spec->sequence & 1)
        return false;
    spec->start = READ_ONCE(vma->vm_start);
    spec->end = READ_ONCE(vma->vm_end);
    spec->flags = READ_ONCE(vma->vm_flags);
    spec->anon_vma = READ_ONCE(vma->anon_vma);
    if (read_seqcount_retry(&vma->vm_sequence, spec->sequence))
        return false;
    /* Unmapped, and zapped before we read the count (RB_EMPTY_NODE there). */
    if (READ_ONCE(vma->vm_unlinked))
        return false;
    /* No vm_ops, and no neighbour to share an anon_vma with. */
    if (vma->vm_file != NULL || spec->anon_vma == NULL)
        return false;
    return address >= spec->start && address < spec->end &&
           (spec->flags & (write ? VM_WRITE : VM_READ));
}

static noinline bool vma_has_changed(struct speculation *spec)
{
    return read_seqcount_retry(&spec->vma->vm_sequence, spec->sequence);
}

/* Tried, not waited for: the holder may wait for us to enable interrupts. */
static noinline bool take_ptl(struct speculation *spec, spinlock_t *ptl)
{
    if (!variant.spf_spins_on_ptl)
        return spin_trylock(ptl);
    mm_operation("spin_on_ptl", spec->vma->vm_mm);
    spin_lock(ptl);
    return true;
}

/* Interrupts off: page tables stay. */
static noinline pte_t *map_lock(struct speculation *spec, unsigned long address,
                                spinlock_t **ptl)
{
    struct page_table *table;

    if (variant.spf_waits_for_writer)
        vma_is_at_rest(spec->vma, true);
    if (vma_has_changed(spec))
        return NULL;
    table = pmd_table(spec->vma->vm_mm, address);
    if (table == NULL || !take_ptl(spec, &table->ptl))
        return NULL;
    *ptl = &table->ptl;
    if (!vma_has_changed(spec))
        return pte_offset(table, address);
    spin_unlock(&table->ptl);
    return NULL;
}

static noinline pte_t *pte_map_lock(struct speculation *spec,
                                    unsigned long address, spinlock_t **ptl)
{
    pte_t *pte;

    local_irq_disable();
    pte = map_lock(spec, address, ptl);
    local_irq_enable();
    return pte;
}

static noinline bool commit(struct speculation *spec, unsigned long address,
                            struct page *page)
{
    spinlock_t *ptl;
    pte_t *pte = pte_map_lock(spec, address, &ptl);
    bool mapped = false;

    if (pte == NULL)
        return false;
    if (!(pte_get(pte) & PTE_PRESENT)) {
        page_add_new_anon_rmap(page, spec->vma, address);
        set_pte(pte, mk_pte(page, spec->flags & VM_WRITE) |
                         pte_generation(spec->vma));
        mapped = true;
    }
    pte_unmap_unlock(pte, ptl);
    return mapped;
}

static noinline enum vm_fault
__handle_speculative_fault(struct speculation *spec, unsigned long address,
                           bool write)
{
    struct page *page;

    if (!speculate(spec, address, write))
        return FAULT_RETRY;
    page = __alloc_pages(GFP_KERNEL);
    if (page == NULL)
        return FAULT_OOM;
    script_point("handle_speculative_fault: before the commit");
    if (commit(spec, address, page)) {
        count(COUNT_SPECULATED);
        return FAULT_DONE;
    }
    put_page(page);
    return FAULT_RETRY;
}

noinline enum vm_fault handle_speculative_fault(struct mm_struct *mm,
                                                unsigned long address,
                                                bool write)
{
    struct speculation spec = {.vma = get_vma(mm, address)};
    enum vm_fault result;

    if (spec.vma == NULL)
        return FAULT_RETRY;
    result = __handle_speculative_fault(&spec, address, write);
    if (result == FAULT_RETRY) {
        count(COUNT_FELL_BACK);
        lockval_seq_read_fallback(&spec.vma->vm_sequence);
    }
    put_vma(spec.vma);
    return result;
}
