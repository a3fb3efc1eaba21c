/* SPDX-License-Identifier: BSD-2-Clause */
/* mprotect.c: changing what a mapping allows.
 *
 * Stands for mm/mprotect.c (v6.12): do_mprotect_pkey, mprotect_fixup,
 * change_protection. Simplified: VMAs do not merge afterwards; entries are made
 * read-only one PTE at a time, and never writable: the next write faults.
 * Before per-VMA locks (2019, 2021) the flags have mmap_lock alone, and 2019's
 * count is written around them. */
#include <errno.h>

#include "irq.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "pgtable.h"
#include "rules.h"
#include "variant.h"
#include "vma.h"
#include "vma_lock.h"

#define RIGHTS (VM_READ | VM_WRITE)

static void write_protect(struct vm_area_struct *vma, unsigned long address)
{
    spinlock_t *ptl;
    pte_t *pte = pte_offset_map_lock(vma->vm_mm, address, &ptl);

    if (pte == NULL)
        return;
    vma_operation("zap_pte", vma, ptl); /* the same class of change */
    if (pte_get(pte) & PTE_PRESENT)
        set_pte(pte, pte_get(pte) & ~(uint64_t)PTE_WRITE);
    pte_unmap_unlock(pte, ptl);
}

static noinline void change_protection(struct vm_area_struct *vma)
{
    for (unsigned long address = vma->vm_start; address < vma->vm_end;
         address += PAGE_SIZE)
        write_protect(vma, address);
    ipi_sync(); /* tlb_finish_mmu */
}

static noinline void mprotect_fixup(struct vm_area_struct *vma,
                                    unsigned long rights)
{
    if (variant.era == ERA_CURRENT && !variant.flags_under_read)
        vma_start_write(vma);
    if (variant.era == ERA_2019_SPF)
        vm_write_begin(vma);
    vma_operation("write_vm_flags", vma, NULL);
    WRITE_ONCE(vma->vm_flags,
               (vma->vm_flags & ~(unsigned long)RIGHTS) | rights);
    if (!(rights & VM_WRITE))
        change_protection(vma);
    if (variant.era == ERA_2019_SPF)
        vm_write_end(vma);
}

static int mprotect_range(struct mm_struct *mm, unsigned long start,
                          unsigned long end, unsigned long rights)
{
    struct vm_area_struct *vma;

    if (!variant.flags_under_read &&
        (split_at(mm, start) != 0 || split_at(mm, end) != 0))
        return -ENOMEM;
    while (start < end) {
        vma = find_vma(mm, start);
        if (vma == NULL || vma->vm_start > start)
            return -ENOMEM;
        mprotect_fixup(vma, rights);
        start = vma->vm_end;
    }
    return 0;
}

int vm_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len,
                unsigned long flags)
{
    int error;

    if (variant.flags_under_read) { /* S0's x5: whole VMAs only */
        mmap_read_lock(mm);
        error = mprotect_range(mm, start, start + len, flags & RIGHTS);
        mmap_read_unlock(mm);
        return error;
    }
    mmap_write_lock(mm);
    error = mprotect_range(mm, start, start + len, flags & RIGHTS);
    mmap_write_unlock(mm);
    return error;
}
