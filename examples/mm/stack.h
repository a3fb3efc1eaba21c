/* SPDX-License-Identifier: BSD-2-Clause */
/* stack.h: VMAs that grow when they are touched below their start.
 *
 * Stands for mm/mmap.c (v6.5 and on): expand_stack, expand_downwards, which
 * take mmap_lock for writing; before, the growth happened under mmap_lock R
 * (CVE-2023-3269). Simplified: no guard gap, no limit. */
#ifndef MM_STACK_H
#define MM_STACK_H

#include "mm_types.h"

/* Nothing held. Let the VM_GROWSDOWN VMA above `address` (page aligned) grow
 * down to it; 0, or -ENOMEM, -EFAULT. */
int expand_stack(struct mm_struct *mm, unsigned long address);

#endif
