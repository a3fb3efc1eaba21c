/* SPDX-License-Identifier: BSD-2-Clause */
/* khugepaged.c: see khugepaged.h. */
#include "khugepaged.h"

#include "classes.h"
#include "counters.h"
#include "irq.h"
#include "memory.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"
#include "vma_lock.h"

/* Does the table of `address` serve this VMA alone? */
static bool owns_table(struct mm_struct *mm, struct vm_area_struct *vma,
                       unsigned long address)
{
    unsigned long base = address & PMD_MASK;
    struct vm_area_struct *prev = vma_prev(mm, vma), *next = vma_next(mm, vma);

    return (prev == NULL || prev->vm_end <= base) &&
           (next == NULL || next->vm_start >= base + PMD_SIZE);
}

/* GUP-fast looks a table up with interrupts off: wait for it. */
static void tlb_remove_table_sync_one(struct mm_struct *mm,
                                      struct page_table *table)
{
    if (variant.retract_without_sync)
        return;
    ipi_sync();
    lockval_right_begin(&table->lru, &table_quiet_class, &mm->mmap_lock,
                        LOCKVAL_READ);
}

static void free_retracted(struct mm_struct *mm, struct page_table *table)
{
    const struct lockval_role role[] = {
        {"mm", &mm->mmap_lock},
        {"synced", &table->lru},
    };

    lockval_operation("free_retracted", role, 2);
    lockval_right_end(&table->lru);
    table_free(table);
    count(COUNT_TABLES_RETRACTED);
}

/* Entries first, then the table; the VMA is write-locked, so that no fault puts
 * one back. */
static noinline struct page_table *
retract(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long address)
{
    struct page_table *table;
    spinlock_t *ptl;
    pte_t *pte; /* of the table: its only user is the VMA */

    zap_page_range_single(vma, vma->vm_start, vma->vm_end - vma->vm_start,
                          NULL);
    script_point("khugepaged: the entries are gone");
    if (pmd_table(mm, address) == NULL)
        return NULL;
    spin_lock(&mm->page_table_lock);
    pte = pte_offset_map_lock(mm, address, &ptl);
    vma_operation("retract_table", vma, ptl);
    table = pmdp_collapse(mm, address);
    pte_unmap_unlock(pte, ptl);
    spin_unlock(&mm->page_table_lock);
    return table;
}

static noinline bool retract_page_tables(struct mm_struct *mm,
                                         struct vm_area_struct *vma,
                                         unsigned long address)
{
    struct address_space *mapping = &vma->vm_file->i_data;
    struct page_table *table;

    if (variant.era == ERA_CURRENT)
        vma_start_write(vma);
    i_mmap_lock_write(mapping);
    table = retract(mm, vma, address);
    i_mmap_unlock_write(mapping);
    if (table == NULL)
        return false;
    tlb_remove_table_sync_one(mm, table);
    free_retracted(mm, table);
    return true;
}

noinline bool khugepaged_retract(struct mm_struct *mm, unsigned long address)
{
    struct vm_area_struct *vma;
    bool done = false;

    mmap_write_lock(mm);
    vma = find_vma(mm, address);
    if (vma != NULL && vma->vm_start <= address && vma->vm_file != NULL &&
        vma->anon_vma == NULL && owns_table(mm, vma, address))
        done = retract_page_tables(mm, vma, address);
    mmap_write_unlock(mm);
    return done;
}
