/* SPDX-License-Identifier: BSD-2-Clause */
/* gup.h: pages by address without any lock: get_user_pages_fast.
 *
 * Interrupts are off for the whole walk, which reads and never writes; tables
 * stay because whoever frees one waits for that (rule R22, S4's rule c). The
 * page is referenced first and believed afterwards, if its entry is the same.
 *
 * Stands for mm/gup.c (v5.12): lockless_pages_from_mm, gup_pgd_range,
 * gup_pte_range. Simplified: one page; no slow path. */
#ifndef MM_GUP_H
#define MM_GUP_H

#include "mm_types.h"

/* Nothing held. The page that `address` maps, referenced for the caller; NULL:
 * none, or it changed meanwhile. */
struct page *get_user_page_fast(struct mm_struct *mm, unsigned long address);

#endif
