/* SPDX-License-Identifier: BSD-2-Clause */
/* mmap_lock is waited for while some VMA's read lock is held.
 * lockval: bug rule locks=vma_lock */
#include "mm.h"

int main(void)
{
    static struct mm mm, other;

    mm_init(&mm);
    mm_init(&other);
    lockval_rules("R11 mmap_wait = !*vma_lock:read\n");
    lockval_acquire(&other.vma_lock, LOCKVAL_READ | LOCKVAL_TRY);
    operation("mmap_wait", &mm);
    lockval_release(&other.vma_lock);
    return 0;
}
