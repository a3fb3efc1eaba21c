/* SPDX-License-Identifier: BSD-2-Clause */
/* It is let go of first; a lock of another class does no harm.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_rules("R11 mmap_wait = !*vma_lock:read\n");
    lockval_acquire(&mm.vma_lock, LOCKVAL_READ | LOCKVAL_TRY);
    lockval_release(&mm.vma_lock);
    lockval_acquire(&mm.i_mmap, LOCKVAL_WRITE);
    operation("mmap_wait", &mm);
    lockval_release(&mm.i_mmap);
    return 0;
}
