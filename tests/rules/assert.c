/* SPDX-License-Identifier: BSD-2-Clause */
/* A function that needs the lock for writing is called with it held for
 * reading; another must not be called with it at all.
 * lockval: bug rule locks=mmap_lock
 * lockval: bug rule locks=mmap_lock */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_acquire(&mm.mmap_lock, LOCKVAL_READ);
    lockval_assert_held(&mm.mmap_lock, LOCKVAL_WRITE);
    lockval_assert_not_held(&mm.mmap_lock);
    lockval_release(&mm.mmap_lock);
    return 0;
}
