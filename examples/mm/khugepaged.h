/* SPDX-License-Identifier: BSD-2-Clause */
/* khugepaged.h: page tables that go away though their VMA stays.
 *
 * Stands for mm/khugepaged.c (v6.1): retract_page_tables, with the IPI that
 * "mm/khugepaged: fix GUP-fast interaction by sending IPI" added to it.
 * Simplified: no huge page takes the table's place, so the next fault makes a
 * table again; mmap_lock is waited for, where the kernel only tries. */
#ifndef MM_KHUGEPAGED_H
#define MM_KHUGEPAGED_H

#include "mm_types.h"

/* Nothing held. Free the page table of `address`, if one file VMA without an
 * anon_vma is all that it serves. True: done. */
bool khugepaged_retract(struct mm_struct *mm, unsigned long address);

#endif
