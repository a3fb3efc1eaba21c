/* SPDX-License-Identifier: BSD-2-Clause */
/* page_alloc.h: the page pool, with watermarks of its own.
 *
 * The pool is the model's whole memory: user pages, page tables, and one page
 * for each kernel object, so that locks live in memory that is really reused.
 * An allocation that may reclaim and may enter the file system passes through
 * the pseudo-lock fs_reclaim, whether or not it reclaims (rule R32). */
#ifndef MM_PAGE_ALLOC_H
#define MM_PAGE_ALLOC_H

#include "mm_types.h"

/* What an allocation may do. */
typedef unsigned gfp_t;
enum {
    __GFP_FS = 1u << 0,             /* call into the file system */
    __GFP_DIRECT_RECLAIM = 1u << 1, /* reclaim by itself, hence wait */
    __GFP_MEMALLOC = 1u << 2,       /* below the watermark: for set-up only */

    GFP_NOWAIT = 0,
    GFP_NOFS = __GFP_DIRECT_RECLAIM,
    GFP_KERNEL = __GFP_DIRECT_RECLAIM | __GFP_FS,
};

/* Map the pool. Once, before anything else. */
void pool_init(void);
size_t pool_free_pages(void);
size_t pool_min_pages(void);  /* below: only __GFP_MEMALLOC, else reclaim */
size_t pool_low_pages(void);  /* below: kswapd should run */
size_t pool_high_pages(void); /* above: it has done enough */
size_t pool_total_pages(void);
struct page *pool_page(size_t pfn);

/* A zeroed page with one reference, owned by the caller; NULL if there is none
 * and `gfp` allows no more. */
struct page *__alloc_pages(gfp_t gfp);

void get_page(struct page *page);
bool get_page_unless_zero(struct page *page);
/* The last reference frees. */
void put_page(struct page *page);

void *page_address(const struct page *page);
struct page *virt_to_page(const void *address);
size_t page_to_pfn(const struct page *page);

/* A zeroed object of at most a page, NULL as above. */
void *kmem_cache_alloc(size_t size, gfp_t gfp);
/* Ends the life of every lock inside. */
void kmem_cache_free(void *object);

void lock_page(struct page *page);
bool trylock_page(struct page *page);
void unlock_page(struct page *page);

/* Pages that reclaim may look at, oldest first. */
void lru_cache_add(struct page *page);
/* The oldest one, referenced for the caller and moved to the end, or NULL. */
struct page *lru_isolate(void);
size_t lru_size(void);

#endif
