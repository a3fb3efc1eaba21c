/* SPDX-License-Identifier: BSD-2-Clause */
/* pgtable.c: see pgtable.h. */
#include "pgtable.h"

#include "classes.h"
#include "page_alloc.h"

static size_t pgd_index(unsigned long address)
{
    return (address >> PGDIR_SHIFT) % PTRS_PER_TABLE;
}

static size_t pmd_index(unsigned long address)
{
    return (address >> PMD_SHIFT) % PTRS_PER_TABLE;
}

static size_t pte_index(unsigned long address)
{
    return (address >> PAGE_SHIFT) % PTRS_PER_TABLE;
}

uint64_t mk_pte(struct page *page, bool writable)
{
    return (uint64_t)page_to_pfn(page) << PTE_PFN_SHIFT | PTE_PRESENT |
           (writable ? PTE_WRITE : 0);
}

struct page *pte_page(uint64_t value)
{
    return pool_page(value >> PTE_PFN_SHIFT);
}

static struct page_table *table_new(struct mm_struct *mm)
{
    struct page_table *table = kmem_cache_alloc(sizeof(*table), GFP_KERNEL);

    if (table == NULL)
        return NULL;
    spin_lock_init(&table->ptl, &ptl_class);
    table->mm = mm;
    atomic_fetch_add(&mm->table_count, 1);
    return table;
}

static void table_free(struct page_table *table)
{
    atomic_fetch_sub(&table->mm->table_count, 1);
    kmem_cache_free(table);
}

static struct page_table *table_at(pte_t *entry)
{
    uint64_t value = atomic_load_explicit(entry, memory_order_acquire);

    if (!(value & PTE_PRESENT))
        return NULL;
    return page_address(pool_page(value >> PTE_PFN_SHIFT));
}

/* Link a new table into `entry`, unless another thread did so meanwhile. */
static bool table_install(pte_t *entry, struct mm_struct *mm)
{
    struct page_table *table = table_new(mm);
    bool installed = false;

    if (table == NULL)
        return false;
    spin_lock(&mm->page_table_lock);
    if (table_at(entry) == NULL) {
        atomic_store_explicit(entry, mk_pte(virt_to_page(table), true),
                              memory_order_release);
        installed = true;
    }
    spin_unlock(&mm->page_table_lock);
    if (!installed)
        table_free(table);
    return true;
}

bool pgd_alloc(struct mm_struct *mm)
{
    mm->pgd = table_new(mm);
    return mm->pgd != NULL;
}

void pgd_free(struct mm_struct *mm)
{
    table_free(mm->pgd);
    mm->pgd = NULL;
}

static pte_t *pgd_offset(struct mm_struct *mm, unsigned long address)
{
    return &mm->pgd->entry[pgd_index(address)];
}

static noinline bool __pmd_alloc(struct mm_struct *mm, unsigned long address)
{
    return table_install(pgd_offset(mm, address), mm);
}

static noinline bool __pte_alloc(struct mm_struct *mm, pte_t *pmd)
{
    return table_install(pmd, mm);
}

bool pte_alloc(struct mm_struct *mm, unsigned long address)
{
    pte_t *pmd;

    if (table_at(pgd_offset(mm, address)) == NULL && !__pmd_alloc(mm, address))
        return false;
    pmd = &table_at(pgd_offset(mm, address))->entry[pmd_index(address)];
    return table_at(pmd) != NULL || __pte_alloc(mm, pmd);
}

struct page_table *pmd_table(struct mm_struct *mm, unsigned long address)
{
    struct page_table *pmd = table_at(pgd_offset(mm, address));

    return pmd != NULL ? table_at(&pmd->entry[pmd_index(address)]) : NULL;
}

pte_t *pte_offset(struct page_table *table, unsigned long address)
{
    return &table->entry[pte_index(address)];
}

pte_t *pte_offset_map_lock(struct mm_struct *mm, unsigned long address,
                           spinlock_t **ptl)
{
    struct page_table *table = pmd_table(mm, address);

    if (table == NULL)
        return NULL;
    *ptl = &table->ptl;
    spin_lock(*ptl);
    return pte_offset(table, address);
}

void pte_unmap_unlock(pte_t *pte, spinlock_t *ptl)
{
    (void)pte;
    spin_unlock(ptl);
}

static bool table_empty(struct page_table *table)
{
    for (size_t i = 0; i < PTRS_PER_TABLE; i++)
        if (pte_get(&table->entry[i]) & PTE_PRESENT)
            return false;
    return true;
}

/* Does [base, base + size) serve this range alone? */
static bool within(unsigned long base, unsigned long size, unsigned long floor,
                   unsigned long ceiling)
{
    return base >= floor && base + size <= ceiling;
}

static void free_pte_range(pte_t *pmd)
{
    struct page_table *table = table_at(pmd);

    if (table == NULL)
        return;
    BUG_ON(!table_empty(table));
    atomic_store_explicit(pmd, 0, memory_order_release);
    table_free(table);
}

static void free_pmd_range(pte_t *pgd, unsigned long base, unsigned long floor,
                           unsigned long ceiling)
{
    struct page_table *pmd = table_at(pgd);

    if (pmd == NULL)
        return;
    for (unsigned long i = 0; i < PTRS_PER_TABLE; i++)
        if (within(base + i * PMD_SIZE, PMD_SIZE, floor, ceiling))
            free_pte_range(&pmd->entry[i]);
    if (!table_empty(pmd) ||
        !within(base, PMD_SIZE * PTRS_PER_TABLE, floor, ceiling))
        return;
    atomic_store_explicit(pgd, 0, memory_order_release);
    table_free(pmd);
}

noinline void free_pgd_range(struct mm_struct *mm, unsigned long start,
                             unsigned long end, unsigned long floor,
                             unsigned long ceiling)
{
    for (size_t i = pgd_index(start); i <= pgd_index(end - 1); i++)
        free_pmd_range(&mm->pgd->entry[i], i << PGDIR_SHIFT, floor, ceiling);
}
