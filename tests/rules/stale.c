/* SPDX-License-Identifier: BSD-2-Clause */
/* A pointer is used after the lock that kept it valid was dropped, from the
 * middle of what is held, and taken again.
 * lockval: bug rule locks=vma_lock */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_rules("R12 use_vma = vma:held\n");
    lockval_acquire(&mm.mmap_lock, LOCKVAL_READ);
    lockval_right_begin(&mm.vma_lock, &vma_class, &mm.mmap_lock, LOCKVAL_READ);
    lockval_acquire(&mm.i_mmap, LOCKVAL_WRITE);
    operation("use_vma", &mm);
    lockval_release(&mm.mmap_lock);
    lockval_release(&mm.i_mmap);
    lockval_acquire(&mm.mmap_lock, LOCKVAL_READ);
    operation("use_vma", &mm);
    lockval_release(&mm.mmap_lock);
    return 0;
}
