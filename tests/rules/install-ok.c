/* SPDX-License-Identifier: BSD-2-Clause */
/* The same under either lock that allows it.
 * lockval: ok silent */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_rules("R16 install_pte = mm:read | vma:read\n");
    lockval_acquire(&mm.mmap_lock, LOCKVAL_READ);
    operation("install_pte", &mm);
    lockval_release(&mm.mmap_lock);
    lockval_acquire(&mm.vma_lock, LOCKVAL_READ | LOCKVAL_TRY);
    operation("install_pte", &mm);
    lockval_release(&mm.vma_lock);
    return 0;
}
