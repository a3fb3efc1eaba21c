/* SPDX-License-Identifier: BSD-2-Clause */
/* A stale pointer leads to a lock in memory that went back to its pool.
 * lockval: bug rule locks=vma_lock */
#include "mm.h"

int main(void)
{
    static struct mm pool[2];

    mm_init(&pool[0]);
    mm_init(&pool[1]);
    lockval_acquire(&pool[0].mmap_lock, LOCKVAL_WRITE);
    lockval_memory_freed(&pool[1], sizeof pool[1]);
    lockval_acquire(&pool[1].vma_lock, LOCKVAL_READ | LOCKVAL_TRY);
    lockval_release(&pool[1].vma_lock);
    lockval_release(&pool[0].mmap_lock);
    return 0;
}
