/* SPDX-License-Identifier: BSD-2-Clause */
/* A page table entry is installed by a walk that came through the rmap.
 * lockval: bug rule locks=mmap_lock,vma_lock */
#include "mm.h"

int main(void)
{
    static struct mm mm;

    mm_init(&mm);
    lockval_rules("R16 install_pte = mm:read | vma:read\n");
    lockval_acquire(&mm.i_mmap, LOCKVAL_WRITE);
    operation("install_pte", &mm);
    lockval_release(&mm.i_mmap);
    return 0;
}
