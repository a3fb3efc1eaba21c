/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.h: which locks the operations of the model need.
 *
 * The rules are text (rules/mm.rules), declared for one profile; the model's
 * primitives say what they are about to do, and to which VMA. Each operation
 * names its parts by role:
 *
 *   mm         mmap_lock of the VMA's mm
 *   vma        its VMA lock: held for reading, or the right to write
 *   file       i_mmap_rwsem of the file that it maps
 *   anon       the rwsem of its anon_vma's root
 *   table      page_table_lock of its mm
 *   ptl        the PTL of the page table concerned
 *   pointer    right: the VMA was looked up under a lock that is still held
 *   detached   right: out of the tree, by the caller
 *   no_file    right: out of i_mmap, by the caller
 *   no_anon    right: out of all its anon_vmas, by the caller
 *   fresh      right: the VMA has never been in the tree
 *   prepared   right: the caller knows that it has an anon_vma
 *
 * A role whose lock does not exist (an anonymous VMA's file) is given as NULL,
 * and a rule that needs it is not met. */
#ifndef MM_RULES_H
#define MM_RULES_H

#include "mm_types.h"

/* Declare the rules of `profile` to the validator; false: no such profile. */
bool rules_declare(const char *profile);

/* The caller is about to do `name` to this VMA; `ptl` may be NULL. */
void vma_operation(const char *name, struct vm_area_struct *vma,
                   const spinlock_t *ptl);
/* …to the whole address space: roles mm, table. */
void mm_operation(const char *name, struct mm_struct *mm);

/* mmap_lock W is about to be downgraded; `calm`: no neighbour of the hole may
 * grow. Roles mm, table, and calm, which is NULL if one may. */
void downgrade_operation(struct mm_struct *mm, bool calm);

/* The caller has made sure that `vma` has an anon_vma, which stays while
 * `lock`, which it holds, is held. */
void vma_prepared(struct vm_area_struct *vma, const void *lock);

/* The caller found `vma` under `lock`, which it holds: until it lets go of it
 * the pointer is good (R12). */
void vma_looked_up(struct vm_area_struct *vma, const void *lock);

#endif
