/* SPDX-License-Identifier: BSD-2-Clause */
/* classes.c: see classes.h. In the order in which the kernel nests them
 * (mm/rmap.c, "Lock ordering in mm"; fs_reclaim is above i_mmap_rwsem). */
#include "classes.h"

const struct lockval_class i_rwsem_class = {"i_rwsem", 0};
const struct lockval_class mmap_lock_class = {"mmap_lock", 0};
const struct lockval_class folio_lock_class = {"folio_lock", 0};
const struct lockval_class vm_sequence_class = {"vm_sequence", 0};
const struct lockval_class fs_reclaim_class = {"fs_reclaim", 0};
const struct lockval_class i_mmap_rwsem_class = {"i_mmap_rwsem", 0};
const struct lockval_class anon_vma_class = {"anon_vma", 0};
const struct lockval_class page_table_lock_class = {"page_table_lock", 0};
const struct lockval_class ptl_class = {"ptl", 0};
const struct lockval_class mm_rb_lock_class = {"mm_rb_lock", 0};
