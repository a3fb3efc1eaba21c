/* SPDX-License-Identifier: BSD-2-Clause */
/* Assertions that hold, of a lock and of a right.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_assert_not_held(&mm.mmap_lock);
    lockval_acquire(&mm.mmap_lock, LOCKVAL_WRITE);
    lockval_assert_held(&mm.mmap_lock, LOCKVAL_WRITE);
    lockval_assert_held(&mm.mmap_lock, LOCKVAL_READ);
    lockval_right_begin(&mm.vma_lock, &vma_class, &mm.mmap_lock, LOCKVAL_WRITE);
    lockval_assert_held(&mm.vma_lock, LOCKVAL_WRITE);
    lockval_release(&mm.mmap_lock);
    lockval_assert_not_held(&mm.mmap_lock);
    lockval_assert_not_held(&mm.vma_lock);
    return 0;
}
