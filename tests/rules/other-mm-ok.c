/* SPDX-License-Identifier: BSD-2-Clause */
/* Two of a class are held, and each operation is about one of them.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm mine, other;

    mm_init(&mine);
    mm_init(&other);
    lockval_rules("R8 vma_start_write = mm:write\n");
    lockval_acquire(&other.mmap_lock, LOCKVAL_WRITE);
    lockval_acquire(&mine.mmap_lock, LOCKVAL_WRITE | LOCKVAL_SUBCLASS(1));
    operation("vma_start_write", &mine);
    operation("vma_start_write", &other);
    lockval_release(&mine.mmap_lock);
    lockval_release(&other.mmap_lock);
    return 0;
}
