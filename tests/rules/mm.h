/* SPDX-License-Identifier: BSD-2-Clause */
/* mm.h: the few objects that the cases of this folder are about. */
#ifndef RULES_MM_H
#define RULES_MM_H

#include <lockval.h>

static const struct lockval_class mmap_class
    __attribute__((unused)) = {"mmap_lock", 0};
static const struct lockval_class vma_class
    __attribute__((unused)) = {"vma_lock", 0};
static const struct lockval_class i_mmap_class
    __attribute__((unused)) = {"i_mmap_rwsem", 0};
static const struct lockval_class seq_class
    __attribute__((unused)) = {"vm_sequence", 0};

struct mm {
    long mmap_lock, vma_lock, i_mmap, seq;
};

static inline void mm_init(struct mm *mm)
{
    lockval_lock_init(&mm->mmap_lock, &mmap_class);
    lockval_lock_init(&mm->vma_lock, &vma_class);
    lockval_lock_init(&mm->i_mmap, &i_mmap_class);
    lockval_seq_init(&mm->seq, &seq_class);
}

static inline void operation(const char *name, const struct mm *mm)
{
    const struct lockval_role role[] = {
        {"mm", &mm->mmap_lock}, {"vma", &mm->vma_lock}, {"rmap", &mm->i_mmap}};

    lockval_operation(name, role, 3);
}

#endif
