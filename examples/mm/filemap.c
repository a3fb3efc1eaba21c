/* SPDX-License-Identifier: BSD-2-Clause */
/* filemap.c: see filemap.h.
 *
 * Stands for mm/filemap.c, mm/truncate.c, fs/open.c and part of mm/vmscan.c
 * (v5.1). Simplified: sizes are in pages, nothing is dirty, reading a page
 * from the disk is writing its index into it. */
#include "filemap.h"

#include "classes.h"
#include "memory.h"
#include "page_alloc.h"
#include "variant.h"

struct inode *new_inode(unsigned long size)
{
    struct inode *inode = kmem_cache_alloc(sizeof(*inode), GFP_KERNEL);

    if (inode == NULL)
        return NULL;
    BUG_ON(size > INODE_PAGES);
    inode->i_size = size;
    init_rwsem(&inode->i_rwsem, &i_rwsem_class);
    inode->i_data.host = inode;
    init_rwsem(&inode->i_data.invalidate_lock, &invalidate_lock_class);
    init_rwsem(&inode->i_data.i_mmap_rwsem, &i_mmap_rwsem_class);
    INIT_LIST_HEAD(&inode->i_data.i_mmap);
    return inode;
}

static struct page *find_get_page(struct address_space *mapping,
                                  unsigned long index)
{
    struct page *page;

    arch_spin_lock(&mapping->i_pages_lock);
    page = mapping->i_pages[index];
    if (page != NULL)
        get_page(page);
    arch_spin_unlock(&mapping->i_pages_lock);
    return page;
}

/* False if there is a page already. Takes a reference of its own. */
static bool add_to_page_cache(struct address_space *mapping,
                              unsigned long index, struct page *page)
{
    bool added = false;

    page->mapping = (uintptr_t)mapping;
    page->index = index;
    arch_spin_lock(&mapping->i_pages_lock);
    if (mapping->i_pages[index] == NULL) {
        get_page(page);
        mapping->i_pages[index] = page;
        added = true;
    }
    arch_spin_unlock(&mapping->i_pages_lock);
    if (added)
        lru_cache_add(page);
    else
        page->mapping = 0;
    return added;
}

/* A page that truncate has just dropped must not come back before i_size says
 * so: v5.15 and on. */
static void filemap_invalidate_lock_shared(struct address_space *mapping)
{
    if (variant.era == ERA_CURRENT)
        down_read(&mapping->invalidate_lock);
}

static void filemap_invalidate_unlock_shared(struct address_space *mapping)
{
    if (variant.era == ERA_CURRENT)
        up_read(&mapping->invalidate_lock);
}

static void filemap_invalidate_lock(struct address_space *mapping)
{
    if (variant.era == ERA_CURRENT)
        down_write(&mapping->invalidate_lock);
}

static void filemap_invalidate_unlock(struct address_space *mapping)
{
    if (variant.era == ERA_CURRENT)
        up_write(&mapping->invalidate_lock);
}

static struct page *__read_page(struct address_space *mapping,
                                unsigned long index)
{
    struct page *page = __alloc_pages(GFP_KERNEL);

    if (page == NULL)
        return NULL;
    *(unsigned long *)page_address(page) = index;
    if (add_to_page_cache(mapping, index, page))
        return page;
    put_page(page);
    return find_get_page(mapping, index);
}

static struct page *read_page(struct address_space *mapping,
                              unsigned long index)
{
    struct page *page;

    filemap_invalidate_lock_shared(mapping);
    page = __read_page(mapping, index);
    filemap_invalidate_unlock_shared(mapping);
    return page;
}

noinline struct page *filemap_fault(struct inode *inode, unsigned long index)
{
    struct address_space *mapping = &inode->i_data;

    for (;;) {
        struct page *page;

        if (index >= READ_ONCE(inode->i_size))
            return NULL;
        page = find_get_page(mapping, index);
        if (page == NULL)
            page = read_page(mapping, index);
        if (page == NULL)
            return NULL;
        lock_page(page);
        /* Truncated or reclaimed before we had the lock? */
        if (page->mapping == (uintptr_t)mapping &&
            index < READ_ONCE(inode->i_size))
            return page;
        unlock_page(page);
        put_page(page);
    }
}

static void delete_from_page_cache(struct page *page)
{
    struct address_space *mapping = (struct address_space *)page->mapping;

    arch_spin_lock(&mapping->i_pages_lock);
    mapping->i_pages[page->index] = NULL;
    page->mapping = 0;
    arch_spin_unlock(&mapping->i_pages_lock);
    put_page(page);
}

bool remove_mapping(struct address_space *mapping, struct page *page)
{
    bool removed = false;

    arch_spin_lock(&mapping->i_pages_lock);
    /* Ours and the cache's; find_get_page adds under the same lock. */
    if (atomic_load(&page->refcount) == 2) {
        mapping->i_pages[page->index] = NULL;
        page->mapping = 0;
        removed = true;
    }
    arch_spin_unlock(&mapping->i_pages_lock);
    if (removed)
        put_page(page);
    return removed;
}

static void truncate_inode_pages(struct address_space *mapping,
                                 unsigned long from)
{
    for (unsigned long index = from; index < INODE_PAGES; index++) {
        struct page *page = find_get_page(mapping, index);

        if (page == NULL)
            continue;
        lock_page(page);
        if (page->mapping == (uintptr_t)mapping)
            delete_from_page_cache(page);
        unlock_page(page);
        put_page(page);
    }
}

/* mm/truncate.c: unmapped twice, for the pages that a private mapping copied
 * between the first round and the end of the page cache. */
static noinline void truncate_pagecache(struct inode *inode, unsigned long size)
{
    struct address_space *mapping = &inode->i_data;

    unmap_mapping_range(mapping, size, INODE_PAGES - size, true);
    truncate_inode_pages(mapping, size);
    unmap_mapping_range(mapping, size, INODE_PAGES - size, true);
}

noinline void do_truncate(struct inode *inode, unsigned long size)
{
    BUG_ON(size >= INODE_PAGES);
    down_write(&inode->i_rwsem);
    filemap_invalidate_lock(&inode->i_data);
    WRITE_ONCE(inode->i_size, size);
    truncate_pagecache(inode, size);
    filemap_invalidate_unlock(&inode->i_data);
    up_write(&inode->i_rwsem);
}

void iput(struct inode *inode)
{
    BUG_ON(!list_empty(&inode->i_data.i_mmap));
    truncate_inode_pages(&inode->i_data, 0);
    kmem_cache_free(inode);
}
