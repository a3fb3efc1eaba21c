/* SPDX-License-Identifier: BSD-2-Clause */
/* gup.c: see gup.h. */
#include "gup.h"

#include "irq.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rcu.h"
#include "rules.h"
#include "script.h"
#include "variant.h"

/* What keeps the tables: interrupts, or, in S4's x5, RCU alone, which keeps
 * leaf tables at best and none above them. */
static void walk_begin(void)
{
    if (variant.gup_under_rcu)
        rcu_read_lock();
    else
        local_irq_disable();
}

static void walk_end(void)
{
    if (variant.gup_under_rcu)
        rcu_read_unlock();
    else
        local_irq_enable();
}

/* S4's x4: what no lockless walker may do. */
static void make_old(struct mm_struct *mm, pte_t *pte)
{
    mm_operation("lockless_write", mm);
    atomic_fetch_and(pte, ~(uint64_t)PTE_YOUNG);
}

static noinline struct page *gup_pte_range(struct mm_struct *mm,
                                           unsigned long address)
{
    struct page_table *table = pmd_table(mm, address);
    struct page *page;
    uint64_t seen;
    pte_t *pte;

    if (table == NULL)
        return NULL;
    script_point("gup_pte_range: a table");
    pte = pte_offset(table, address);
    seen = pte_get(pte);
    if (!(seen & PTE_PRESENT) || pte_page(seen) == NULL)
        return NULL;
    page = pte_page(seen);
    if (!get_page_unless_zero(page))
        return NULL;
    /* Zapped, or its table taken away, before we had the reference? */
    if (pte_get(pte) != seen || pmd_table(mm, address) != table) {
        put_page(page);
        return NULL;
    }
    if (variant.gup_writes)
        make_old(mm, pte);
    return page;
}

noinline struct page *get_user_page_fast(struct mm_struct *mm,
                                         unsigned long address)
{
    struct page *page;

    walk_begin();
    mm_operation("lockless_walk", mm);
    page = gup_pte_range(mm, address);
    walk_end();
    return page;
}
