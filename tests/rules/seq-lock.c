/* SPDX-License-Identifier: BSD-2-Clause */
/* A write section under the reading side of the lock that is to serialise
 * writers.
 * lockval: bug seqcount locks=vm_sequence */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_seq_set_lock(&mm.seq, &mm.mmap_lock);
    lockval_acquire(&mm.mmap_lock, LOCKVAL_READ);
    lockval_seq_raw_write_begin(&mm.seq);
    lockval_seq_raw_write_end(&mm.seq);
    lockval_release(&mm.mmap_lock);
    return 0;
}
