/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool gives the memory out again, and its locks are initialised.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm pool;
    int i;

    for (i = 0; i < 3; i++) {
        mm_init(&pool);
        lockval_acquire(&pool.vma_lock, LOCKVAL_WRITE);
        lockval_seq_write_begin(&pool.seq, 0);
        lockval_seq_write_end(&pool.seq);
        lockval_release(&pool.vma_lock);
        lockval_memory_freed(&pool, sizeof pool);
    }
    return 0;
}
