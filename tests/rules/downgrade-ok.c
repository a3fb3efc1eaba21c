/* SPDX-License-Identifier: BSD-2-Clause */
/* A right to read outlives the downgrade; one to write is used before it.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm mm;
    static long pointer;
    const struct lockval_role role = {"pointer", &pointer};

    mm_init(&mm);
    lockval_rules("R9 set_vm_range = vma:write\n"
                  "R12 use_vma = pointer:held\n");
    lockval_acquire(&mm.mmap_lock, LOCKVAL_WRITE);
    lockval_right_begin(&mm.vma_lock, &vma_class, &mm.mmap_lock, LOCKVAL_WRITE);
    lockval_right_begin(&pointer, &vma_class, &mm.mmap_lock, LOCKVAL_READ);
    operation("set_vm_range", &mm);
    lockval_downgrade(&mm.mmap_lock);
    lockval_operation("use_vma", &role, 1);
    lockval_release(&mm.mmap_lock);
    return 0;
}
