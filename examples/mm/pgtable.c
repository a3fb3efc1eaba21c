/* SPDX-License-Identifier: BSD-2-Clause */
/* pgtable.c: see pgtable.h. */
#include "pgtable.h"

#include "classes.h"
#include "counters.h"
#include "page_alloc.h"
#include "rcu.h"
#include "rules.h"
#include "script.h"
#include "variant.h"

#define PFN_MASK ((1UL << (PTE_GENERATION_SHIFT - PTE_PFN_SHIFT)) - 1)

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
           PTE_YOUNG | (writable ? PTE_WRITE : 0);
}

struct page *pte_page(uint64_t value)
{
    if (value & PTE_SPECIAL)
        return NULL;
    return pool_page(value >> PTE_PFN_SHIFT & PFN_MASK);
}

/* ---- tables, their life and what comes after it -------------------------- */

#define QUARANTINE_MAX 32 /* tables; then the oldest goes */

static struct {
    arch_spinlock_t lock;
    struct list_head tables;
    unsigned count;
} quarantine = {.tables = {&quarantine.tables, &quarantine.tables}};

bool table_is_freed(const struct page_table *table)
{
    return table->magic != TABLE_LIVE;
}

/* The oldest, if there are more than `keep`. */
static struct page_table *quarantine_take(unsigned keep)
{
    struct page_table *table = NULL;

    arch_spin_lock(&quarantine.lock);
    if (quarantine.count > keep) {
        table = list_entry(quarantine.tables.next, struct page_table, lru);
        list_del(&table->lru);
        quarantine.count--;
    }
    arch_spin_unlock(&quarantine.lock);
    return table;
}

static void quarantine_shrink(unsigned keep)
{
    struct page_table *table;

    while ((table = quarantine_take(keep)) != NULL)
        put_page(virt_to_page(table));
}

static void poison(struct page_table *table)
{
    WRITE_ONCE(table->magic, TABLE_POISON);
    for (size_t i = 0; i < PTRS_PER_TABLE; i++)
        atomic_store(&table->entry[i], TABLE_POISON);
}

void table_free(struct page_table *table)
{
    atomic_fetch_sub(&table->mm->table_count, 1);
    if (variant.era == ERA_2019_SPF) {
        kmem_cache_free(table);
        return;
    }
    lockval_memory_freed(table, PAGE_SIZE);
    poison(table);
    arch_spin_lock(&quarantine.lock);
    list_add_tail(&table->lru, &quarantine.tables);
    quarantine.count++;
    arch_spin_unlock(&quarantine.lock);
    quarantine_shrink(QUARANTINE_MAX);
}

void table_quarantine_drain(void)
{
    quarantine_shrink(0);
}

static struct page_table *table_new(struct mm_struct *mm)
{
    struct page_table *table = kmem_cache_alloc(sizeof(*table), GFP_KERNEL);

    if (table == NULL)
        return NULL;
    spin_lock_init(&table->ptl, &ptl_class);
    table->magic = TABLE_LIVE;
    table->mm = mm;
    atomic_fetch_add(&mm->table_count, 1);
    return table;
}

static struct page_table *table_at(pte_t *entry)
{
    uint64_t value = atomic_load_explicit(entry, memory_order_acquire);

    if (!(value & PTE_PRESENT))
        return NULL;
    return page_address(pte_page(value));
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

static void look(const struct page_table *table)
{
    if (table_is_freed(table))
        count(COUNT_FREED_TABLE_LOOKS);
}

pte_t *pte_offset(struct page_table *table, unsigned long address)
{
    look(table);
    return &table->entry[pte_index(address)];
}

/* ---- a leaf table and its lock --------------------------------------------
 */

/* Today a leaf table may be taken out under the feet of who holds neither
 * mmap_lock nor the rmap lock that retracts it; RCU keeps its memory until the
 * section ends (R21). */
static void map_begin(struct mm_struct *mm)
{
    if (variant.era != ERA_CURRENT)
        return;
    rcu_read_lock();
    mm_operation("map_pte", mm);
}

static void map_end(void)
{
    if (variant.era == ERA_CURRENT)
        rcu_read_unlock();
}

/* Locked, and still the table of `address`; NULL: there is none. `*again`: it
 * was taken out before we had the lock. */
static struct page_table *lock_table(struct mm_struct *mm,
                                     unsigned long address, bool *again)
{
    struct page_table *table = pmd_table(mm, address);

    *again = false;
    if (table == NULL)
        return NULL;
    script_point("pte_offset_map_lock: table found");
    spin_lock(&table->ptl);
    look(table);
    if (variant.era != ERA_CURRENT || pmd_table(mm, address) == table)
        return table;
    spin_unlock(&table->ptl);
    *again = true;
    return NULL;
}

pte_t *pte_offset_map_lock(struct mm_struct *mm, unsigned long address,
                           spinlock_t **ptl)
{
    struct page_table *table;
    bool again;

    do {
        map_begin(mm);
        table = lock_table(mm, address, &again);
        if (table == NULL)
            map_end();
    } while (again);
    if (table == NULL)
        return NULL;
    *ptl = &table->ptl;
    return &table->entry[pte_index(address)];
}

void pte_unmap_unlock(pte_t *pte, spinlock_t *ptl)
{
    (void)pte;
    spin_unlock(ptl);
    map_end();
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

/* The page stays referenced for ever in the kernel; here it is let go of, so
 * that the run can end. */
static void lose_entry(uint64_t value)
{
    struct page *page = pte_page(value);

    count(COUNT_PTES_LOST);
    if (page == NULL)
        return;
    atomic_fetch_sub(&page->mapcount, 1);
    put_page(page);
}

static void free_pte_range(struct mmu_gather *tlb, pte_t *pmd)
{
    struct page_table *table = table_at(pmd);

    if (table == NULL)
        return;
    for (size_t i = 0; i < PTRS_PER_TABLE; i++)
        if (pte_get(&table->entry[i]) & PTE_PRESENT)
            lose_entry(pte_get(&table->entry[i]));
    atomic_store_explicit(pmd, 0, memory_order_seq_cst);
    tlb_remove_table(tlb, table);
}

static void free_pmd_range(struct mmu_gather *tlb, pte_t *pgd,
                           unsigned long base, unsigned long floor,
                           unsigned long ceiling)
{
    struct page_table *pmd = table_at(pgd);

    if (pmd == NULL)
        return;
    for (unsigned long i = 0; i < PTRS_PER_TABLE; i++)
        if (within(base + i * PMD_SIZE, PMD_SIZE, floor, ceiling))
            free_pte_range(tlb, &pmd->entry[i]);
    if (!table_empty(pmd) ||
        !within(base, PMD_SIZE * PTRS_PER_TABLE, floor, ceiling))
        return;
    atomic_store_explicit(pgd, 0, memory_order_seq_cst);
    tlb_remove_table(tlb, pmd);
}

noinline void free_pgd_range(struct mmu_gather *tlb, unsigned long start,
                             unsigned long end, unsigned long floor,
                             unsigned long ceiling)
{
    for (size_t i = pgd_index(start); i <= pgd_index(end - 1); i++)
        free_pmd_range(tlb, &tlb->mm->pgd->entry[i], i << PGDIR_SHIFT, floor,
                       ceiling);
}

noinline struct page_table *pmdp_collapse(struct mm_struct *mm,
                                          unsigned long address)
{
    struct page_table *pmd = table_at(pgd_offset(mm, address));
    struct page_table *table = pmd_table(mm, address);

    if (table == NULL)
        return NULL;
    BUG_ON(!table_empty(table));
    atomic_store(&pmd->entry[pmd_index(address)], 0);
    return table;
}

static void adopt(struct vm_area_struct *vma, pte_t *pte)
{
    uint64_t value = pte_get(pte);
    uint64_t others = ~(UINT64_MAX << PTE_GENERATION_SHIFT);

    while ((value & PTE_PRESENT) &&
           !atomic_compare_exchange_weak(
               pte, &value, (value & others) | pte_generation(vma)))
        ;
}

void pte_adopt(struct vm_area_struct *vma, unsigned long start,
               unsigned long end)
{
    for (; start < end; start += PAGE_SIZE) {
        struct page_table *table = pmd_table(vma->vm_mm, start);

        if (table != NULL)
            adopt(vma, pte_offset(table, start));
    }
}
