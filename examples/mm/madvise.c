/* SPDX-License-Identifier: BSD-2-Clause */
/* madvise.c: giving pages back while the mapping stays.
 *
 * Stands for mm/madvise.c (v5.1): madvise_dontneed_single_vma. Zaps under
 * mmap_lock held for reading; on a file mapping, a truncate at the same time
 * would be a second writer of the VMA's count (rule R26). */
#include <errno.h>

#include "memory.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "variant.h"
#include "vma.h"

static noinline int madvise_dontneed(struct mm_struct *mm, unsigned long start,
                                     unsigned long len)
{
    struct vm_area_struct *vma = find_vma(mm, start);

    if (vma == NULL || vma->vm_start > start || vma->vm_end < start + len)
        return -ENOMEM;
    if (variant.madvise_nests)
        vm_write_begin(vma);
    zap_page_range_single(vma, start, len, NULL);
    if (variant.madvise_nests)
        vm_write_end(vma);
    return 0;
}

int vm_madvise_dontneed(struct mm_struct *mm, unsigned long start,
                        unsigned long len)
{
    int error;

    mmap_read_lock(mm);
    error = madvise_dontneed(mm, start, len);
    mmap_read_unlock(mm);
    return error;
}
