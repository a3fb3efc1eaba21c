/* SPDX-License-Identifier: BSD-2-Clause */
/* proc_maps.h: readers of /proc/PID/maps and smaps.
 *
 * Stands for fs/proc/task_mmu.c: under mmap_lock until v6.10, under VMA locks
 * since (v6.17), and, as S2 (2021) tries it, under RCU alone. Each line that is
 * read is judged: the VMA's range must have been what it says at one instant,
 * and lines must not go backwards ("torn lines"). */
#ifndef MM_PROC_MAPS_H
#define MM_PROC_MAPS_H

#include "mm_types.h"

/* Nothing held; each returns how many lines there were. */
size_t proc_maps_mmap_lock(struct mm_struct *mm);
size_t proc_maps_vma_lock(struct mm_struct *mm);
size_t proc_maps_rcu(struct mm_struct *mm);

/* The same VMAs with their page tables: how many pages are present. Counts
 * STALE_PTES: entries of another mapping than the VMA's. */
size_t proc_smaps_mmap_lock(struct mm_struct *mm);
size_t proc_smaps_rcu(struct mm_struct *mm);

#endif
