/* SPDX-License-Identifier: BSD-2-Clause */
/* userfaultfd.h: filling a page of another's mapping. */
#ifndef MM_USERFAULTFD_H
#define MM_USERFAULTFD_H

#include "mm_types.h"

/* UFFDIO_COPY of one page that begins with `content`, into a private mapping;
 * nothing held. 0, or -EEXIST, -ENOENT (no VMA), -ENOMEM. */
int mfill_atomic_copy(struct mm_struct *mm, unsigned long address,
                      unsigned long content);

#endif
