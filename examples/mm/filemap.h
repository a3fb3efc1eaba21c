/* SPDX-License-Identifier: BSD-2-Clause */
/* filemap.h: inodes and their page cache. */
#ifndef MM_FILEMAP_H
#define MM_FILEMAP_H

#include "mm_types.h"

/* An inode of `size` pages, none of them in memory; NULL: no memory. */
struct inode *new_inode(unsigned long size);
/* Nothing maps it any more: drop its page cache and free it. */
void iput(struct inode *inode);

/* The page at `index`, locked and referenced for the caller; NULL past the end
 * of the file or without memory. Allocates, may wait: hold no page lock. */
struct page *filemap_fault(struct inode *inode, unsigned long index);

/* Page locked, unmapped, one reference ours: take it out of the cache and drop
 * the cache's reference. False: someone else uses it. */
bool remove_mapping(struct address_space *mapping, struct page *page);

/* ftruncate(2). */
void do_truncate(struct inode *inode, unsigned long size);

#endif
