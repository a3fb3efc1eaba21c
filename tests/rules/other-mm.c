/* SPDX-License-Identifier: BSD-2-Clause */
/* The right lock of the wrong object: same class, another mm.
 * lockval: bug rule locks=mmap_lock */
#include "mm.h"

int main(void)
{
    static struct mm mine, other;

    mm_init(&mine);
    mm_init(&other);
    lockval_rules("R8 vma_start_write = mm:write\n");
    lockval_acquire(&other.mmap_lock, LOCKVAL_WRITE);
    operation("vma_start_write", &mine);
    lockval_release(&other.mmap_lock);
    return 0;
}
