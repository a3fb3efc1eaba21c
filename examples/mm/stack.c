/* SPDX-License-Identifier: BSD-2-Clause */
/* stack.c: see stack.h. */
#include "stack.h"

#include <errno.h>

#include "dead.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "rmap.h"
#include "variant.h"
#include "vma.h"

/* mmap_lock W. */
static noinline int expand_downwards(struct vm_area_struct *vma,
                                     unsigned long address)
{
    struct vm_area_struct *prev = vma_prev(vma->vm_mm, vma);
    unsigned long pages = (vma->vm_start - address) >> PAGE_SHIFT;

    if (prev != NULL && prev->vm_end > address)
        return -ENOMEM;
    if (!anon_vma_prepare(vma))
        return -ENOMEM;
    dead_take(vma->vm_mm, address, vma->vm_start);
    return __vma_adjust(vma, address, vma->vm_end, vma->vm_pgoff - pages, NULL);
}

int expand_stack(struct mm_struct *mm, unsigned long address)
{
    struct vm_area_struct *vma;
    int error = -EFAULT;

    mmap_write_lock(mm);
    vma = find_vma(mm, address);
    if (vma != NULL && !variant.growth_ignores_dead) {
        dead_await(mm, address, vma->vm_start);
        vma = find_vma(mm, address); /* mmap_lock was dropped */
    }
    if (vma != NULL && vma->vm_start <= address)
        error = 0;
    else if (vma != NULL && (vma->vm_flags & VM_GROWSDOWN))
        error = expand_downwards(vma, address);
    mmap_write_unlock(mm);
    return error;
}
