/* SPDX-License-Identifier: BSD-2-Clause */
/* damon.c: see damon.h. */
#include "damon.h"

#include "mmap_lock.h"
#include "pgtable.h"
#include "rules.h"
#include "script.h"
#include "vma.h"
#include "vma_lock.h"

noinline bool damon_mkold_entry(struct mm_struct *mm,
                                struct vm_area_struct *vma,
                                unsigned long address)
{
    spinlock_t *ptl;
    uint64_t before;
    pte_t *pte;

    if (vma != NULL)
        vma_operation("traverse", vma, NULL);
    else
        mm_operation("walk_outside_vma", mm);
    pte = pte_offset_map_lock(mm, address, &ptl);
    if (pte == NULL)
        return false;
    script_point("damon: the PTL is held");
    before = atomic_fetch_and(pte, ~(uint64_t)PTE_YOUNG);
    pte_unmap_unlock(pte, ptl);
    return (before & PTE_PRESENT) && (before & PTE_YOUNG);
}

noinline bool damon_va_mkold(struct mm_struct *mm, unsigned long address)
{
    struct vm_area_struct *vma;
    bool young = false;

    mmap_read_lock(mm);
    vma = find_vma(mm, address);
    if (vma != NULL && vma->vm_start <= address)
        young = damon_mkold_entry(mm, vma, address);
    mmap_read_unlock(mm);
    return young;
}

noinline bool damon_va_mkold_vma_lock(struct mm_struct *mm,
                                      unsigned long address)
{
    struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
    bool young;

    if (vma == NULL)
        return false;
    young = damon_mkold_entry(mm, vma, address);
    vma_end_read(vma);
    return young;
}

noinline bool damon_va_mkold_exclusive(struct mm_struct *mm,
                                       unsigned long address)
{
    bool young;

    mmap_write_lock(mm);
    young = damon_mkold_entry(mm, NULL, address);
    mmap_write_unlock(mm);
    return young;
}
