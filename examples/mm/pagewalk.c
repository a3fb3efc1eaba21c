/* SPDX-License-Identifier: BSD-2-Clause */
/* pagewalk.c: see pagewalk.h. */
#include "pagewalk.h"

#include "pgtable.h"
#include "rules.h"
#include "vma.h"
#include "vma_lock.h"

static void visit(struct mm_struct *mm, unsigned long address,
                  const struct mm_walk_ops *ops, void *private)
{
    spinlock_t *ptl;
    pte_t *pte = pte_offset_map_lock(mm, address, &ptl);

    if (pte == NULL)
        return;
    if (pte_get(pte) & PTE_PRESENT)
        ops->pte_entry(pte_get(pte), address, private);
    pte_unmap_unlock(pte, ptl);
}

static void walk_tables(struct mm_struct *mm, unsigned long start,
                        unsigned long end, const struct mm_walk_ops *ops,
                        void *private)
{
    for (; start < end; start += PAGE_SIZE)
        visit(mm, start, ops, private);
}

static noinline void process_vma_walk_lock(struct vm_area_struct *vma,
                                           enum page_walk_lock walk_lock)
{
    static const char *const operation[] = {
        [PGWALK_RDLOCK] = "walk_rdlock",
        [PGWALK_WRLOCK] = "walk_wrlock",
        [PGWALK_WRLOCK_VERIFY] = "walk_wrlock_verify",
        [PGWALK_VMA_RDLOCK_VERIFY] = "walk_vma_rdlock_verify",
    };

    if (walk_lock == PGWALK_WRLOCK)
        vma_start_write(vma);
    vma_operation(operation[walk_lock], vma, NULL);
}

static void walk_part(struct vm_area_struct *vma, unsigned long start,
                      unsigned long end, const struct mm_walk_ops *ops,
                      void *private)
{
    process_vma_walk_lock(vma, ops->walk_lock);
    vma_operation("read_vma", vma, NULL);
    vma_operation("traverse", vma, NULL);
    if (start < vma->vm_start)
        start = vma->vm_start;
    if (end > vma->vm_end)
        end = vma->vm_end;
    walk_tables(vma->vm_mm, start, end, ops, private);
}

noinline void walk_page_range(struct mm_struct *mm, unsigned long start,
                              unsigned long end, const struct mm_walk_ops *ops,
                              void *private)
{
    struct vm_area_struct *vma;

    while (start < end && (vma = find_vma(mm, start)) != NULL &&
           vma->vm_start < end) {
        walk_part(vma, start, end, ops, private);
        start = vma->vm_end;
    }
}

noinline void walk_page_vma(struct vm_area_struct *vma,
                            const struct mm_walk_ops *ops, void *private)
{
    walk_part(vma, vma->vm_start, vma->vm_end, ops, private);
}

noinline void walk_page_range_novma(struct mm_struct *mm, unsigned long start,
                                    unsigned long end,
                                    const struct mm_walk_ops *ops,
                                    void *private)
{
    mm_operation("walk_outside_vma", mm);
    walk_tables(mm, start, end, ops, private);
}
