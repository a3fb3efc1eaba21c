/* SPDX-License-Identifier: BSD-2-Clause */
/* proc_maps.c: see proc_maps.h. */
#include "proc_maps.h"

#include "classes.h"
#include "counters.h"
#include "memory.h"
#include "mmap_lock.h"
#include "pgtable.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"
#include "vma_lock.h"
#include "vma_tree.h"

struct line {
    unsigned long start, end;
};

/* Lines so far: where the last one ended. */
struct listing {
    size_t lines;
    unsigned long end;
};

static void put_line(struct listing *listing, const struct line *line)
{
    if (line->end <= line->start ||
        (listing->lines > 0 && line->start < listing->end))
        count(COUNT_TORN_LINES);
    listing->lines++;
    listing->end = line->end;
}

static noinline struct line read_line(struct vm_area_struct *vma)
{
    struct line line;

    line.start = READ_ONCE(vma->vm_start);
    script_point("maps: half a line");
    line.end = READ_ONCE(vma->vm_end);
    return line;
}

/* The line is believed. */
static void accept_line(struct listing *listing, struct vm_area_struct *vma,
                        const struct line *line)
{
    const struct lockval_role role[] = {
        {"mm", &vma->vm_mm->mmap_lock},
        {"vma", &vma->vm_lock},
        {"frozen", &vma->vm_start},
    };

    lockval_operation("maps_line", role, 3);
    put_line(listing, line);
}

/* ---- under locks --------------------------------------------------------- */

size_t proc_maps_mmap_lock(struct mm_struct *mm)
{
    struct listing listing = {0, 0};

    mmap_read_lock(mm);
    for (struct vm_area_struct *vma = vma_next(mm, NULL); vma != NULL;
         vma = vma_next(mm, vma)) {
        struct line line = read_line(vma);

        accept_line(&listing, vma, &line);
    }
    mmap_read_unlock(mm);
    return listing.lines;
}

/* The address of the first VMA at or after `address`; false: none. */
static bool next_address(struct mm_struct *mm, unsigned long *address)
{
    const struct vma_tree_entry *entry;

    rcu_read_lock();
    entry = vma_tree_next(mm, *address);
    if (entry != NULL && entry->start > *address)
        *address = entry->start;
    rcu_read_unlock();
    return entry != NULL;
}

/* One that changes all the time is passed over (mmap_lock in the kernel). */
size_t proc_maps_vma_lock(struct mm_struct *mm)
{
    struct listing listing = {0, 0};
    unsigned long address = 0;

    while (next_address(mm, &address)) {
        struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
        struct line line = {address, address + PAGE_SIZE};

        if (vma != NULL) {
            line = read_line(vma);
            /* It took over addresses that were listed as another's. */
            if (line.start < address)
                line.start = address;
            accept_line(&listing, vma, &line);
            vma_end_read(vma);
        }
        address = line.end > address ? line.end : address + PAGE_SIZE;
    }
    return listing.lines;
}

/* ---- under RCU, as S2 tries it ------------------------------------------- */

/* As long as this section lasts the VMA says where it is: because VMAs never
 * change in place, or because it was looked at again. */
static void range_is_frozen(struct vm_area_struct *vma)
{
    lockval_right_begin(&vma->vm_start, &vma_frozen_class, &rcu_gp_class,
                        LOCKVAL_READ);
}

/* Is the VMA still there, and does the line say where? */
static bool still_true(const struct vma_tree_entry *entry,
                       const struct line *line)
{
    struct mm_struct *mm = entry->vma->vm_mm;

    return line->start == entry->start && line->end == entry->end &&
           vma_tree_find(mm, entry->start) == entry->vma;
}

size_t proc_maps_rcu(struct mm_struct *mm)
{
    const struct vma_tree_entry *entry;
    struct listing listing = {0, 0};
    unsigned long address = 0;

    rcu_read_lock();
    while ((entry = vma_tree_next(mm, address)) != NULL) {
        struct line line;

        script_point("maps: a VMA");
        line = read_line(entry->vma);
        if (variant.maps_rechecks && !still_true(entry, &line))
            continue; /* whatever is at that address now */
        if (variant.maps_rechecks || !variant.move_in_place)
            range_is_frozen(entry->vma);
        accept_line(&listing, entry->vma, &line);
        address = line.end;
    }
    rcu_read_unlock();
    return listing.lines;
}

/* ---- smaps --------------------------------------------------------------- */

size_t proc_smaps_mmap_lock(struct mm_struct *mm)
{
    size_t present = 0;

    mmap_read_lock(mm);
    for (struct vm_area_struct *vma = vma_next(mm, NULL); vma != NULL;
         vma = vma_next(mm, vma))
        for (unsigned long at = vma->vm_start; at < vma->vm_end;
             at += PAGE_SIZE)
            present += follow_pte(vma, at) != 0;
    mmap_read_unlock(mm);
    return present;
}

static bool look_at(struct vm_area_struct *vma, unsigned long address)
{
    struct page_table *table = pmd_table(vma->vm_mm, address);
    uint64_t value;

    if (table == NULL)
        return false;
    value = pte_get(pte_offset(table, address));
    if (!(value & PTE_PRESENT))
        return false;
    if (!pte_is_of(value, vma))
        count(COUNT_STALE_PTES);
    return true;
}

static noinline size_t walk_vma(const struct vma_tree_entry *entry)
{
    size_t present = 0;

    /* S2's sol1, x1: "a reader that takes mmap_lock inside RCU". */
    if (variant.smaps_locks)
        mmap_read_lock(entry->vma->vm_mm);
    for (unsigned long at = entry->start; at < entry->end; at += PAGE_SIZE)
        present += look_at(entry->vma, at);
    if (variant.smaps_locks)
        mmap_read_unlock(entry->vma->vm_mm);
    return present;
}

size_t proc_smaps_rcu(struct mm_struct *mm)
{
    const struct vma_tree_entry *entry;
    unsigned long address = 0;
    size_t present = 0;

    rcu_read_lock();
    while ((entry = vma_tree_next(mm, address)) != NULL) {
        script_point("smaps: a VMA");
        present += walk_vma(entry);
        address = entry->end;
    }
    rcu_read_unlock();
    return present;
}
