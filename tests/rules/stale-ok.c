/* SPDX-License-Identifier: BSD-2-Clause */
/* The pointer is looked up again; and a lock that is held twice keeps it until
 * the last release.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm mm;
    int i;

    mm_init(&mm);
    lockval_rules("R12 use_vma = vma:held\n");
    for (i = 0; i < 100; i++) {
        lockval_acquire(&mm.mmap_lock, LOCKVAL_READ_RECURSIVE);
        lockval_right_begin(&mm.vma_lock, &vma_class, &mm.mmap_lock,
                            LOCKVAL_READ);
        lockval_acquire(&mm.mmap_lock, LOCKVAL_READ_RECURSIVE);
        lockval_release(&mm.mmap_lock);
        operation("use_vma", &mm);
        lockval_release(&mm.mmap_lock);
    }
    return 0;
}
