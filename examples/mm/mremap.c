/* SPDX-License-Identifier: BSD-2-Clause */
/* mremap.c: moving a VMA and what is mapped in it.
 *
 * Stands for mm/mremap.c (v5.1 with SPF v12): move_vma, move_page_tables,
 * move_ptes. Faithful: both VMAs' counts are open while entries move, that of
 * the source with SINGLE_DEPTH_NESTING; the destination's tables are allocated
 * under the destination's count (seq -> fs_reclaim); the two PTLs nest.
 * Simplified: the destination is never merged, so need_rmap_locks stays false;
 * all tables are allocated before the source's count is opened, where the
 * kernel allocates table by table under both: that would add
 * vm_sequence/1 -> fs_reclaim, and with it a longer form of the same cycle. */
#include <errno.h>

#include "counters.h"
#include "dead.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"
#include "vma_lock.h"
#include "vma_tree.h"

/* False: no memory. Tables that are there already stay. */
static noinline bool alloc_new_tables(struct vm_area_struct *vma)
{
    for (unsigned long address = vma->vm_start; address < vma->vm_end;
         address = (address & PMD_MASK) + PMD_SIZE)
        if (!pte_alloc(vma->vm_mm, address))
            return false;
    return true;
}

/* Someone found the destination usable before its pages were there: what he
 * wrote is gone. (The kernel overwrites the entry and leaks the page.) */
static void lose_page(pte_t *pte)
{
    struct page *page = pte_page(pte_get(pte));

    BUG_ON(!variant.move_ends_early);
    page_remove_rmap(page);
    put_page(page);
    count(COUNT_LOST_PAGES);
}

/* One entry; both PTLs held, which may be one. */
static void move_pte(pte_t *from, pte_t *to)
{
    uint64_t value = pte_get(from);

    if (!(value & PTE_PRESENT))
        return;
    if (pte_get(to) & PTE_PRESENT)
        lose_page(to);
    set_pte(from, 0);
    set_pte(to, value);
    count(COUNT_PTES_MOVED);
}

static noinline void move_ptes(struct mm_struct *mm, unsigned long from,
                               unsigned long to, unsigned long len)
{
    struct page_table *new_table = pmd_table(mm, to);
    spinlock_t *old_ptl;
    pte_t *old = pte_offset_map_lock(mm, from, &old_ptl);
    pte_t *new = pte_offset(new_table, to);

    if (old == NULL)
        return;
    if (&new_table->ptl != old_ptl)
        spin_lock_nested(&new_table->ptl, SINGLE_DEPTH_NESTING);
    for (unsigned long done = 0; done < len; done += PAGE_SIZE)
        move_pte(old++, new ++);
    script_point("move_ptes: under way");
    if (&new_table->ptl != old_ptl)
        spin_unlock(&new_table->ptl);
    pte_unmap_unlock(old, old_ptl);
}

static unsigned long min(unsigned long a, unsigned long b)
{
    return a < b ? a : b;
}

static unsigned long left_in_table(unsigned long address)
{
    return (address & PMD_MASK) + PMD_SIZE - address;
}

/* Both counts say that entries are on their way (R29). */
static void say_move(struct vm_area_struct *vma, struct vm_area_struct *new_vma)
{
    const struct lockval_role role[] = {
        {"old_seq", &vma->vm_sequence},
        {"new_seq", &new_vma->vm_sequence},
    };

    if (variant.era == ERA_2019_SPF)
        lockval_operation("move_ptes", role, 2);
}

static noinline void move_page_tables(struct vm_area_struct *vma,
                                      struct vm_area_struct *new_vma)
{
    unsigned long from = vma->vm_start, to = new_vma->vm_start;

    say_move(vma, new_vma);
    while (from < vma->vm_end) {
        unsigned long len = min(left_in_table(from), left_in_table(to));

        len = min(len, vma->vm_end - from);
        move_ptes(vma->vm_mm, from, to, len);
        from += len;
        to += len;
    }
    pte_adopt(new_vma, new_vma->vm_start, new_vma->vm_end);
}

/* take_rmap_locks: whoever walks the reverse mappings meets the entries in the
 * one place or the other, never in neither (R23). 2019 relies on the order of
 * the VMAs in the trees instead, and takes them for merged ones alone. */
static noinline void move_page_tables_locked(struct vm_area_struct *vma,
                                             struct vm_area_struct *new_vma)
{
    struct inode *file = vma->vm_file;
    struct anon_vma *anon_vma = vma->anon_vma;

    if (variant.moves_unlocked) /* R23: as if no one else could come */
        file = NULL, anon_vma = NULL;
    if (file != NULL)
        i_mmap_lock_write(&file->i_data);
    if (anon_vma != NULL)
        anon_vma_lock_write(anon_vma);
    vma_operation("move_tables", vma, NULL);
    if (vma->vm_file != NULL)
        vma_operation("move_tables_file", vma, NULL);
    if (vma->anon_vma != NULL)
        vma_operation("move_tables_anon", vma, NULL);
    move_page_tables(vma, new_vma);
    if (anon_vma != NULL)
        anon_vma_unlock_write(anon_vma);
    if (file != NULL)
        i_mmap_unlock_write(&file->i_data);
}

static void move_begin(struct vm_area_struct *vma)
{
    if (variant.era != ERA_2019_SPF)
        return; /* write-locked already */
    if (variant.move_raw)
        vm_raw_write_begin(vma);
    else
        vm_write_begin_nested(vma, SINGLE_DEPTH_NESTING);
}

static void move_end(struct vm_area_struct *vma)
{
    if (variant.era != ERA_2019_SPF)
        return;
    if (variant.move_raw)
        vm_raw_write_end(vma);
    else
        vm_write_end(vma);
}

static noinline int move_vma(struct vm_area_struct *vma, unsigned long to)
{
    struct mm_struct *mm = vma->vm_mm;
    struct vm_area_struct *gone = vma, *new_vma;
    bool moved;

    if (variant.era == ERA_CURRENT)
        vma_start_write(vma);
    new_vma = copy_vma(vma, to);
    if (new_vma == NULL)
        return -ENOMEM;
    if (variant.era == ERA_2019_SPF && !variant.move_raw)
        vm_write_begin(new_vma); /* raw: copy_vma has done it */
    moved = alloc_new_tables(new_vma);
    if (moved) {
        move_begin(vma);
        if (variant.move_ends_early) {
            move_end(vma);
            move_end(new_vma);
            script_point("move_vma: the counts are even");
        }
        if (variant.era == ERA_2019_SPF)
            move_page_tables(vma, new_vma);
        else
            move_page_tables_locked(vma, new_vma);
        if (!variant.move_ends_early)
            move_end(vma);
    } else {
        gone = new_vma;
    }
    if (!moved || !variant.move_ends_early)
        move_end(new_vma);
    do_munmap(mm, gone->vm_start, gone->vm_end - gone->vm_start);
    return moved ? 0 : -ENOMEM;
}

/* S2's torn maps: no new VMA, the old one says something else from now on.
 * Nothing is mapped in it. */
static noinline int move_in_place(struct vm_area_struct *vma, unsigned long to)
{
    struct mm_struct *mm = vma->vm_mm;
    unsigned long len = vma->vm_end - vma->vm_start;

    __vma_unlink(mm, vma);
    WRITE_ONCE(vma->vm_start, to);
    WRITE_ONCE(vma->vm_end, to + len);
    __vma_link(mm, vma);
    vma_tree_publish(mm);
    return 0;
}

static noinline int mremap_to(struct mm_struct *mm, unsigned long from,
                              unsigned long to)
{
    struct vm_area_struct *vma = find_vma(mm, from);
    struct vm_area_struct *there = find_vma(mm, to);
    unsigned long len;

    if (vma == NULL || vma->vm_start != from)
        return -EFAULT;
    len = vma->vm_end - vma->vm_start;
    if (to % PAGE_SIZE != 0 || to > TASK_SIZE - len)
        return -EINVAL;
    if (there != NULL && there->vm_start < to + len)
        return -EEXIST;
    if (dead_skip(mm, to, to + len) != to)
        return -EEXIST; /* who wants just that address tries again */
    dead_take(mm, to, to + len);
    if (variant.move_in_place)
        return move_in_place(vma, to);
    return move_vma(vma, to);
}

int vm_mremap(struct mm_struct *mm, unsigned long from, unsigned long to)
{
    int error;

    mmap_write_lock(mm);
    error = mremap_to(mm, from, to);
    mmap_write_unlock(mm);
    return error;
}
