/* SPDX-License-Identifier: BSD-2-Clause */
/* A VMA is changed after the downgrade that ended its write lock.
 * lockval: bug rule locks=vma_lock */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_rules("R9 set_vm_range = vma:write\n");
    lockval_acquire(&mm.mmap_lock, LOCKVAL_WRITE);
    lockval_right_begin(&mm.vma_lock, &vma_class, &mm.mmap_lock, LOCKVAL_WRITE);
    operation("set_vm_range", &mm);
    lockval_downgrade(&mm.mmap_lock);
    operation("set_vm_range", &mm);
    lockval_release(&mm.mmap_lock);
    return 0;
}
