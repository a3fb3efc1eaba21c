/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h: the data invariants that hold whenever nothing is in progress.
 *
 *  - the VMAs of an mm are sorted, disjoint, counted, and no count is odd;
 *  - every PTE that is present belongs to a VMA that covers it, has that VMA's
 *    generation, and maps what it says: the file's page at that offset, or an
 * anonymous page of an anon_vma in its chain;
 *  - a page's mapcount is the number of PTEs that map it, and its references
 *    are those and the page cache's;
 *  - a file's i_mmap holds exactly the VMAs that map it, and nothing maps or
 *    caches a page past its end;
 *  - chains link VMAs and anon_vmas both ways.
 * Stands for validate_mm and CONFIG_DEBUG_VM. Takes no lock: call it when no
 * other thread runs. */
#ifndef MM_CHECK_H
#define MM_CHECK_H

#include "mm_types.h"

/* All mms and inodes that there are. On the first violation prints one line to
 * standard error and returns false. */
bool check_all(struct mm_struct *const *mm, size_t mm_count,
               struct inode *const *inode, size_t inode_count);

/* Everything was freed: no page of the pool is missing. */
bool check_no_leak(void);

#endif
