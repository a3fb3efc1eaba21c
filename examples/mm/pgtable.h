/* SPDX-License-Identifier: BSD-2-Clause */
/* pgtable.h: page tables of three levels, 64 entries each: pgd, pmd, pte.
 *
 * A table is a page of the pool; its lock lies inside it, so a PTL protects
 * its own table only as long as something else keeps the table alive. An upper
 * entry is set under page_table_lock and cleared when no one can walk.
 *
 * Stands for mm/memory.c (__pmd_alloc, __pte_alloc, free_pgd_range) and
 * include/linux/mm.h (pte_offset_map_lock) of v5.1. Simplified: no huge pages,
 * no split PMD locks, the three levels of the kernel's five that matter. */
#ifndef MM_PGTABLE_H
#define MM_PGTABLE_H

#include "mm_types.h"

#define PTRS_PER_TABLE 64UL
#define PMD_SHIFT (PAGE_SHIFT + 6)
#define PGDIR_SHIFT (PMD_SHIFT + 6)
#define PMD_SIZE (1UL << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define TASK_SIZE (1UL << (PGDIR_SHIFT + 6))

/* An entry is 0 or pfn << PTE_PFN_SHIFT | PTE_PRESENT | … */
typedef _Atomic(uint64_t) pte_t;
enum {
    PTE_PRESENT = 1 << 0,
    PTE_WRITE = 1 << 1,
    PTE_PFN_SHIFT = 8,
};

struct page_table {
    spinlock_t ptl; /* of a pte table's entries */
    struct mm_struct *mm;
    pte_t entry[PTRS_PER_TABLE];
};

/* The empty upper level; false: no memory. */
bool pgd_alloc(struct mm_struct *mm);
void pgd_free(struct mm_struct *mm);

/* Make sure that `address` has a pte table; may reclaim. False: no memory. */
bool pte_alloc(struct mm_struct *mm, unsigned long address);

/* The pte table of `address` or NULL; keep it alive by other means. */
struct page_table *pmd_table(struct mm_struct *mm, unsigned long address);

/* The entry of `address` with its PTL held, or NULL, nothing held. */
pte_t *pte_offset_map_lock(struct mm_struct *mm, unsigned long address,
                           spinlock_t **ptl);
void pte_unmap_unlock(pte_t *pte, spinlock_t *ptl);
pte_t *pte_offset(struct page_table *table, unsigned long address);

static inline uint64_t pte_get(pte_t *pte)
{
    return atomic_load_explicit(pte, memory_order_relaxed);
}

/* PTL held. */
static inline void set_pte(pte_t *pte, uint64_t value)
{
    atomic_store_explicit(pte, value, memory_order_relaxed);
}

uint64_t mk_pte(struct page *page, bool writable);
struct page *pte_page(uint64_t value);

/* Free the tables that serve [start, end) and nothing outside [floor, ceiling).
 * Every entry is clear, no one can walk there. */
void free_pgd_range(struct mm_struct *mm, unsigned long start,
                    unsigned long end, unsigned long floor,
                    unsigned long ceiling);

#endif
