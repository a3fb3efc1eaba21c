/* SPDX-License-Identifier: BSD-2-Clause */
/* Writers hold it for writing; a new life of the count has no lock.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_seq_set_lock(&mm.seq, &mm.mmap_lock);
    lockval_acquire(&mm.mmap_lock, LOCKVAL_WRITE);
    lockval_seq_raw_write_begin(&mm.seq);
    lockval_seq_raw_write_end(&mm.seq);
    lockval_release(&mm.mmap_lock);
    lockval_seq_init(&mm.seq, &seq_class);
    lockval_seq_raw_write_begin(&mm.seq);
    lockval_seq_raw_write_end(&mm.seq);
    return 0;
}
