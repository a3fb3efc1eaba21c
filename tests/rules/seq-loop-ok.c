/* SPDX-License-Identifier: BSD-2-Clause */
/* A reader looks again after it did something else, and while the count is even
 * as often as it likes.
 * lockval: ok silent */
#include "mm.h"
#include "turns.h"

static struct mm mm;
static unsigned count; /* the sequence count itself */

static void *write_it(void *unused)
{
    turn_wait(0);
    lockval_seq_write_begin(&mm.seq, 0);
    count++;
    lockval_acquire(&mm.i_mmap, LOCKVAL_WRITE);
    lockval_release(&mm.i_mmap);
    turn_end();
    turn_wait(2);
    lockval_seq_write_end(&mm.seq);
    count++;
    turn_end();
    return unused;
}

static void *read_it(void *unused)
{
    volatile unsigned i;

    turn_wait(1);
    lockval_acquire(&mm.i_mmap, LOCKVAL_WRITE);
    for (i = 0; i < 5; i++) {
        lockval_seq_read_once(&mm.seq);
        lockval_seq_read_once(&mm.seq);
        lockval_acquire(&mm.vma_lock, LOCKVAL_READ | LOCKVAL_TRY);
        lockval_release(&mm.vma_lock);
    }
    lockval_release(&mm.i_mmap);
    turn_end();
    turn_wait(3);
    lockval_acquire(&mm.i_mmap, LOCKVAL_WRITE);
    for (i = 0; i < 5; i++)
        lockval_seq_read_once(&mm.seq);
    lockval_release(&mm.i_mmap);
    return unused;
}

int main(void)
{
    mm_init(&mm);
    run_two(write_it, read_it);
    return count == 2 ? 0 : 1;
}
