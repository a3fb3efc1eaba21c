/* SPDX-License-Identifier: BSD-2-Clause */
/* userfaultfd.c: see userfaultfd.h.
 *
 * Stands for mm/userfaultfd.c (v6.12): lock_vma, uffd_lock_vma,
 * find_vma_and_prepare_anon, mfill_atomic_pte_copy. Faithful: the VMA lock is
 * taken, by RCU first and else under mmap_lock, and mmap_lock is dropped before
 * anything is copied; a private mapping must have an anon_vma before that.
 * Simplified: one page; no registration, nobody waits for the page. */
#include "userfaultfd.h"

#include <errno.h>

#include "memory.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "rules.h"
#include "variant.h"
#include "vma.h"
#include "vma_lock.h"

/* Read-locked, or NULL: needs mmap_lock. */
static noinline struct vm_area_struct *lock_vma(struct mm_struct *mm,
                                                unsigned long address)
{
    struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);

    if (vma == NULL || variant.uffd_unchecked)
        return vma;
    /* "We know we're going to need to use anon_vma, so check that early." */
    if ((vma->vm_flags & VM_SHARED) || READ_ONCE(vma->anon_vma) != NULL) {
        vma_prepared(vma, &vma->vm_lock);
        return vma;
    }
    vma_end_read(vma);
    return NULL;
}

static struct vm_area_struct *find_vma_and_prepare_anon(struct mm_struct *mm,
                                                        unsigned long address)
{
    struct vm_area_struct *vma = find_vma(mm, address);

    if (vma == NULL || vma->vm_start > address)
        return NULL;
    if (!(vma->vm_flags & VM_SHARED) && !anon_vma_prepare(vma))
        return NULL;
    return vma;
}

static noinline struct vm_area_struct *uffd_lock_vma(struct mm_struct *mm,
                                                     unsigned long address)
{
    struct vm_area_struct *vma = lock_vma(mm, address);

    if (vma != NULL)
        return vma;
    mmap_read_lock(mm);
    vma = find_vma_and_prepare_anon(mm, address);
    if (vma != NULL) {
        vma_start_read_locked(vma);
        vma_prepared(vma, &vma->vm_lock);
    }
    mmap_read_unlock(mm);
    return vma;
}

static noinline int mfill_atomic_pte(struct vm_area_struct *vma,
                                     unsigned long address,
                                     unsigned long content)
{
    struct page *page;

    vma_operation("read_vma", vma, NULL);
    page = __alloc_pages(GFP_KERNEL);
    if (page == NULL)
        return -ENOMEM;
    *(unsigned long *)page_address(page) = content;
    if (!pte_alloc(vma->vm_mm, address)) {
        put_page(page);
        return -ENOMEM;
    }
    if (map_new_page(vma, address, page, true))
        return 0;
    put_page(page);
    return -EEXIST;
}

noinline int mfill_atomic_copy(struct mm_struct *mm, unsigned long address,
                               unsigned long content)
{
    struct vm_area_struct *vma = uffd_lock_vma(mm, address);
    int error;

    if (vma == NULL)
        return -ENOENT;
    error = mfill_atomic_pte(vma, address, content);
    vma_end_read(vma);
    return error;
}
