/* SPDX-License-Identifier: BSD-2-Clause */
/* rmap.h: from a page to the PTEs that map it.
 *
 * File pages: through address_space.i_mmap; anonymous pages: through their
 * anon_vma and its chains. Whoever walks takes the rwsem of the one or the
 * other for reading, after the page lock. */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include "mm_types.h"

static inline bool PageAnon(const struct page *page)
{
    return page->mapping & PAGE_MAPPING_ANON;
}

/* NULL for anonymous pages. */
static inline struct address_space *page_mapping(const struct page *page)
{
    return PageAnon(page) ? NULL : (struct address_space *)page->mapping;
}

/* ---- i_mmap: the VMAs that map a file; i_mmap_rwsem ---------------------- */

static inline void i_mmap_lock_write(struct address_space *mapping)
{
    down_write(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_unlock_write(struct address_space *mapping)
{
    up_write(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_lock_read(struct address_space *mapping)
{
    down_read(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_unlock_read(struct address_space *mapping)
{
    up_read(&mapping->i_mmap_rwsem);
}

void vma_interval_tree_insert(struct vm_area_struct *vma,
                              struct address_space *mapping);
void vma_interval_tree_remove(struct vm_area_struct *vma);

/* The first VMA after `previous` (NULL: of all) that maps a page of the file
 * in [first, last]; NULL at the end. */
struct vm_area_struct *vma_interval_tree_next(struct address_space *mapping,
                                              struct vm_area_struct *previous,
                                              unsigned long first,
                                              unsigned long last);

/* ---- anon_vma ------------------------------------------------------------ */

static inline void anon_vma_lock_write(struct anon_vma *anon_vma)
{
    down_write(&anon_vma->root->rwsem);
}

static inline void anon_vma_unlock_write(struct anon_vma *anon_vma)
{
    up_write(&anon_vma->root->rwsem);
}

/* Give `vma` an anon_vma, if it has none. mmap_lock R; may reclaim. False: no
 * memory. */
bool anon_vma_prepare(struct vm_area_struct *vma);

/* Attach `dst` to every anon_vma of `src`. mmap_lock W; may reclaim. False: no
 * memory, and `dst` is as before. */
bool anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);

/* Detach `vma` from all its anon_vmas. mmap_lock W, or the mm is exiting. */
void unlink_anon_vmas(struct vm_area_struct *vma);

/* ---- pages --------------------------------------------------------------- */

unsigned long linear_page_index(const struct vm_area_struct *vma,
                                unsigned long address);

/* A new anonymous page is about to be mapped at `address`; PTL held. */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma,
                            unsigned long address);
void page_add_file_rmap(struct page *page);
void page_remove_rmap(struct page *page);

/* The first chain of `anon_vma`, whose rwsem is held, after `previous` (NULL:
 * of all) whose VMA maps page `index`; NULL at the end. */
struct anon_vma_chain *
anon_vma_interval_tree_next(struct anon_vma *anon_vma,
                            struct anon_vma_chain *previous,
                            unsigned long index);

/* The anon_vma of a page that is mapped, its rwsem held for reading; NULL: it
 * is mapped no more. From 2021 on (the cache must be typesafe). */
struct anon_vma *page_lock_anon_vma_read(struct page *page);
void page_unlock_anon_vma_read(struct anon_vma *anon_vma);

/* Give the memory of anon_vmas that were freed back to the pool, as
 * vm_area_cache_shrink does. */
void anon_vma_cache_shrink(void);

/* Clear every PTE of a file page; page locked. True: it is mapped no more. */
bool try_to_unmap(struct page *page);

/* How many PTEs map a page, but for VMAs that are being written; page
 * locked. With variant.rmap_reader_waits it waits for those (S1's x1). */
int page_referenced(struct page *page);

#endif
