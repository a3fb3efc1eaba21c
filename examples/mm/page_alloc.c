/* SPDX-License-Identifier: BSD-2-Clause */
/* page_alloc.c: see page_alloc.h.
 *
 * Stands for mm/page_alloc.c (v5.1): __alloc_pages_nodemask,
 * prepare_alloc_pages, get_page_from_freelist, __perform_reclaim; and for the
 * slab, which is one object per page here.
 * The memory is a jemalloc arena's, which backs pages as they are first used.
 * Simplified: one zone, order 0, no compaction; kswapd is called by whoever
 * plays it (balance_pgdat). zone->lock and the LRU lock are one lock that the
 * validator does not see: both are leaves in the kernel, and everything
 * allocates. */
#include "page_alloc.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "classes.h"
#include "counters.h"
#include "variant.h"
#include "vmscan.h"

#define POOL_PAGES 160
#define EXTENT_PAGES 16
#define EXTENT_STRIDE ARENA_STRIDE(EXTENT_PAGES *PAGE_SIZE)
#define POOL_MIN 16
#define POOL_LOW 24
#define POOL_HIGH 32

static struct {
    arch_spinlock_t lock; /* of all but the constants */
    char *memory;
    size_t backed;         /* pages that the arena has given */
    size_t free_count;     /* those that it still will, included */
    struct list_head free; /* by page.lru */
    struct list_head lru;
    size_t lru_count;
    struct page page[POOL_PAGES];
} pool;

/* A thread that reclaims must not reclaim to do so (PF_MEMALLOC). */
static _Thread_local bool reclaiming;

void pool_init(void)
{
    pool.memory =
        arena_init(EXTENT_PAGES * PAGE_SIZE, POOL_PAGES / EXTENT_PAGES);
    INIT_LIST_HEAD(&pool.free);
    INIT_LIST_HEAD(&pool.lru);
    for (size_t pfn = 0; pfn < POOL_PAGES; pfn++) {
        spin_lock_init(&pool.page[pfn].lock, &folio_lock_class);
        INIT_LIST_HEAD(&pool.page[pfn].lru);
    }
    pool.free_count = POOL_PAGES;
}

size_t pool_free_pages(void)
{
    size_t count;

    arch_spin_lock(&pool.lock);
    count = pool.free_count;
    arch_spin_unlock(&pool.lock);
    return count;
}

size_t pool_min_pages(void)
{
    return POOL_MIN;
}

size_t pool_low_pages(void)
{
    return POOL_LOW;
}

size_t pool_high_pages(void)
{
    return POOL_HIGH;
}

size_t pool_total_pages(void)
{
    return POOL_PAGES;
}

struct page *pool_page(size_t pfn)
{
    BUG_ON(pfn >= POOL_PAGES);
    return &pool.page[pfn];
}

void *page_address(const struct page *page)
{
    size_t pfn = page_to_pfn(page);

    return pool.memory + pfn / EXTENT_PAGES * EXTENT_STRIDE +
           pfn % EXTENT_PAGES * PAGE_SIZE;
}

size_t page_to_pfn(const struct page *page)
{
    return (size_t)(page - pool.page);
}

struct page *virt_to_page(const void *address)
{
    size_t offset = (size_t)((const char *)address - pool.memory);

    return pool_page(offset / EXTENT_STRIDE * EXTENT_PAGES +
                     offset % EXTENT_STRIDE / PAGE_SIZE);
}

/* ---- fs_reclaim ---------------------------------------------------------- */

/* The condition of __need_fs_reclaim. */
static bool need_fs_reclaim(gfp_t gfp)
{
    return (gfp & __GFP_DIRECT_RECLAIM) && (gfp & __GFP_FS) && !reclaiming;
}

/* Reclaim may tell mmu notifiers, whether or not it gets that far. */
static void fs_reclaim_acquire(gfp_t gfp)
{
    if (!need_fs_reclaim(gfp))
        return;
    lockval_pseudo_enter(&fs_reclaim_class, LOCKVAL_WRITE);
    if (variant.era != ERA_2019_SPF)
        lockval_pseudo_sync(&mmu_notifier_class, LOCKVAL_WRITE);
}

static void fs_reclaim_release(gfp_t gfp)
{
    if (need_fs_reclaim(gfp))
        lockval_pseudo_exit(&fs_reclaim_class);
}

/* ---- allocation ---------------------------------------------------------- */

/* Pool locked, no page on the list: have the arena back some more; false: it
 * refuses. */
static bool back_more_pages(void)
{
    if (arena_grow() == NULL)
        return false;
    for (size_t i = 0; i < EXTENT_PAGES; i++)
        list_add_tail(&pool.page[pool.backed + i].lru, &pool.free);
    pool.backed += EXTENT_PAGES;
    return true;
}

static struct page *get_page_from_freelist(gfp_t gfp)
{
    size_t floor = gfp & __GFP_MEMALLOC ? 0 : POOL_MIN;
    struct page *page = NULL;

    arch_spin_lock(&pool.lock);
    if (pool.free_count > floor &&
        (!list_empty(&pool.free) || back_more_pages())) {
        page = list_entry(pool.free.next, struct page, lru);
        list_del(&page->lru);
        pool.free_count--;
    }
    arch_spin_unlock(&pool.lock);
    if (page == NULL)
        return NULL;

    page->mapping = 0;
    page->index = 0;
    memset(page_address(page), 0, PAGE_SIZE);
    atomic_store_explicit(&page->refcount, 1, memory_order_release);
    count(COUNT_PAGES_ALLOCATED);
    return page;
}

static size_t __perform_reclaim(gfp_t gfp)
{
    size_t freed;

    fs_reclaim_acquire(gfp);
    reclaiming = true;
    freed = try_to_free_pages(gfp);
    reclaiming = false;
    fs_reclaim_release(gfp);
    return freed;
}

/* With PRESSURE=on in the environment every allocation that may reclaim does,
 * as if memory were short: what it can deadlock with can then happen. */
static bool is_short(void)
{
    const char *pressure = getenv("PRESSURE");

    return pressure != NULL && strcmp(pressure, "on") == 0;
}

noinline struct page *__alloc_pages(gfp_t gfp)
{
    struct page *page;

    /* prepare_alloc_pages: the check without the reclaim. */
    fs_reclaim_acquire(gfp);
    fs_reclaim_release(gfp);
    if (need_fs_reclaim(gfp) && is_short())
        __perform_reclaim(gfp);

    page = get_page_from_freelist(gfp);
    if (page != NULL || !(gfp & __GFP_DIRECT_RECLAIM) || reclaiming)
        return page;
    if (__perform_reclaim(gfp) == 0)
        return NULL;
    return get_page_from_freelist(gfp);
}

void get_page(struct page *page)
{
    atomic_fetch_add_explicit(&page->refcount, 1, memory_order_relaxed);
}

bool get_page_unless_zero(struct page *page)
{
    int seen = atomic_load_explicit(&page->refcount, memory_order_relaxed);

    while (seen != 0)
        if (atomic_compare_exchange_weak_explicit(
                &page->refcount, &seen, seen + 1, memory_order_acquire,
                memory_order_relaxed))
            return true;
    return false;
}

void put_page(struct page *page)
{
    int before =
        atomic_fetch_sub_explicit(&page->refcount, 1, memory_order_acq_rel);

    BUG_ON(before <= 0);
    if (before != 1)
        return;
    BUG_ON(atomic_load_explicit(&page->mapcount, memory_order_relaxed) != 0);

    arch_spin_lock(&pool.lock);
    if (!list_empty(&page->lru)) {
        list_del(&page->lru);
        pool.lru_count--;
    }
    list_add_tail(&page->lru, &pool.free);
    pool.free_count++;
    arch_spin_unlock(&pool.lock);
}

void *kmem_cache_alloc(size_t size, gfp_t gfp)
{
    struct page *page;

    BUG_ON(size > PAGE_SIZE);
    page = __alloc_pages(gfp);
    return page != NULL ? page_address(page) : NULL;
}

void kmem_cache_free(void *object)
{
    lockval_memory_freed(object, PAGE_SIZE);
    put_page(virt_to_page(object));
}

/* ---- the folio lock ------------------------------------------------------ */

void lock_page(struct page *page)
{
    spin_lock(&page->lock);
}

bool trylock_page(struct page *page)
{
    return spin_trylock(&page->lock);
}

void unlock_page(struct page *page)
{
    spin_unlock(&page->lock);
}

/* ---- LRU ----------------------------------------------------------------- */

void lru_cache_add(struct page *page)
{
    arch_spin_lock(&pool.lock);
    list_add_tail(&page->lru, &pool.lru);
    pool.lru_count++;
    arch_spin_unlock(&pool.lock);
}

struct page *lru_isolate(void)
{
    struct page *page = NULL;

    arch_spin_lock(&pool.lock);
    if (!list_empty(&pool.lru)) {
        page = list_entry(pool.lru.next, struct page, lru);
        list_del(&page->lru);
        list_add_tail(&page->lru, &pool.lru);
        /* Lost to a put_page that is about to free it. */
        if (!get_page_unless_zero(page))
            page = NULL;
    }
    arch_spin_unlock(&pool.lock);
    return page;
}

size_t lru_size(void)
{
    size_t count;

    arch_spin_lock(&pool.lock);
    count = pool.lru_count;
    arch_spin_unlock(&pool.lock);
    return count;
}
