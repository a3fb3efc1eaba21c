/* SPDX-License-Identifier: BSD-2-Clause */
/* vmscan.c: see vmscan.h.
 *
 * Stands for mm/vmscan.c (v5.1): try_to_free_pages, balance_pgdat, shrink_slab,
 * shrink_page_list, __remove_mapping.
 * Simplified: one LRU list; all file pages are clean; without swap anonymous
 * pages stay, as get_scan_count has it (SCAN_FILE); from 2021 on they are on
 * the list and asked for references all the same, as where there is swap. */
#include "vmscan.h"

#include "classes.h"
#include "counters.h"
#include "filemap.h"
#include "rmap.h"

#define SWAP_CLUSTER_MAX 8

static void (*registered)(void);

void register_shrinker(void (*shrink)(void))
{
    registered = shrink;
}

static void shrink_slab(void)
{
    if (registered != NULL)
        registered();
}

/* Page locked and referenced by us. */
static bool reclaim_locked(struct page *page)
{
    struct address_space *mapping;

    if (PageAnon(page)) {
        page_referenced(page);
        return false;
    }
    if (page->mapping == 0)
        return false;
    mapping = page_mapping(page);
    if (atomic_load(&page->mapcount) > 0 && !try_to_unmap(page))
        return false;
    return remove_mapping(mapping, page);
}

static noinline bool shrink_page(struct page *page)
{
    bool freed;

    if (!trylock_page(page))
        return false;
    freed = reclaim_locked(page);
    unlock_page(page);
    if (freed)
        count(COUNT_PAGES_RECLAIMED);
    return freed;
}

static noinline size_t shrink_page_list(void)
{
    size_t freed = 0;

    for (size_t left = lru_size(); left > 0 && freed < SWAP_CLUSTER_MAX;
         left--) {
        struct page *page = lru_isolate();

        if (page == NULL)
            continue;
        freed += shrink_page(page);
        put_page(page);
    }
    return freed;
}

noinline size_t try_to_free_pages(gfp_t gfp)
{
    if (!(gfp & __GFP_FS))
        return 0;
    shrink_slab();
    return shrink_page_list();
}

noinline size_t balance_pgdat(void)
{
    size_t freed;

    lockval_pseudo_enter(&fs_reclaim_class, LOCKVAL_WRITE);
    freed = try_to_free_pages(GFP_KERNEL);
    lockval_pseudo_exit(&fs_reclaim_class);
    return freed;
}
