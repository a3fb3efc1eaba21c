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
#include "mmu_gather.h"

#define PTRS_PER_TABLE 64UL
#define PMD_SHIFT (PAGE_SHIFT + 6)
#define PGDIR_SHIFT (PMD_SHIFT + 6)
#define PMD_SIZE (1UL << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define TASK_SIZE (1UL << (PGDIR_SHIFT + 6))

/* An entry is 0 or generation << PTE_GENERATION_SHIFT | pfn << PTE_PFN_SHIFT |
 * PTE_PRESENT | … The generation is that of the VMA for which the page was
 * mapped: one that differs was left behind by an earlier mapping. */
typedef _Atomic(uint64_t) pte_t;
enum {
    PTE_PRESENT = 1 << 0,
    PTE_WRITE = 1 << 1,
    PTE_SPECIAL = 1 << 2, /* the zero page: no struct page */
    PTE_YOUNG = 1 << 3,   /* accessed, as DAMON sees it */
    PTE_PFN_SHIFT = 8,
    PTE_GENERATION_SHIFT = 40,
};

/* What a freed table holds: no entry in it is present. */
#define TABLE_POISON 0x6b6b6b6b6b6b6b6aUL
#define TABLE_LIVE 0x7461626c65UL

struct page_table {
    spinlock_t ptl;       /* of a pte table's entries */
    unsigned long magic;  /* TABLE_LIVE, or poison */
    struct list_head lru; /* in the quarantine */
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

/* The entry of `address` with its PTL held, or NULL, nothing held. Today (v6.5
 * and on) inside an RCU section until pte_unmap_unlock, and looked up again
 * once the PTL is held. */
pte_t *pte_offset_map_lock(struct mm_struct *mm, unsigned long address,
                           spinlock_t **ptl);
void pte_unmap_unlock(pte_t *pte, spinlock_t *ptl);
pte_t *pte_offset(struct page_table *table, unsigned long address);

/* A table that is linked nowhere. From 2021 on it is poisoned and stays in a
 * quarantine, so that whoever still looks into it is caught: each look through
 * the functions above counts FREED_TABLE_LOOKS. */
void table_free(struct page_table *table);
bool table_is_freed(const struct page_table *table);
/* Give the quarantine back to the pool; no walker is left. */
void table_quarantine_drain(void);

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
/* Which VMA maps it: or this to the above. */
static inline uint64_t pte_generation(const struct vm_area_struct *vma)
{
    return (uint64_t)vma->generation << PTE_GENERATION_SHIFT;
}
static inline bool pte_is_of(uint64_t value, const struct vm_area_struct *vma)
{
    return value >> PTE_GENERATION_SHIFT == vma->generation;
}

/* NULL for the zero page. */
struct page *pte_page(uint64_t value);

/* Take the table of `address`, whose entries are clear, out of its upper level
 * for the caller to free; NULL: none. mmap_lock W, page_table_lock and its PTL
 * held. Stands for pmdp_collapse_flush without the flush. */
struct page_table *pmdp_collapse(struct mm_struct *mm, unsigned long address);

/* Entries of [start, end) now belong to `vma`, which took the range over;
 * nobody else writes them but to clear them. No counterpart in the kernel. */
void pte_adopt(struct vm_area_struct *vma, unsigned long start,
               unsigned long end);

/* Unlink the tables that serve [start, end) and nothing outside [floor,
 * ceiling), for `tlb` to free. Every entry should be clear; one that is not is
 * lost, and counts PTES_LOST. */
void free_pgd_range(struct mmu_gather *tlb, unsigned long start,
                    unsigned long end, unsigned long floor,
                    unsigned long ceiling);

#endif
