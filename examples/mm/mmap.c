/* SPDX-License-Identifier: BSD-2-Clause */
/* mmap.c: see mmap.h.
 *
 * Stands for mm/mmap.c (v5.1 with SPF v12): __vma_adjust, vma_merge,
 * __split_vma, copy_vma, mmap_region, do_munmap, unmap_region, free_pgtables,
 * exit_mmap. Faithful: which locks each path takes, in which order, and what it
 * allocates while it holds them. Simplified: a file mapping is always private
 * unless VM_SHARED; no gaps, accounting, policies, uprobes, growing stacks;
 * merges only where mmap fills a hole; a boundary between two VMAs does not
 * move; exit_mmap takes mmap_lock, as since v5.18. From 2021 on, by era:
 * munmap downgrades mmap_lock, VMAs are write-locked (v6.12) instead of
 * counted. */
#include "mmap.h"

#include <errno.h>

#include "classes.h"
#include "counters.h"
#include "dead.h"
#include "memory.h"
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

/* ---- __vma_adjust -------------------------------------------------------- */

/* The count of `next` nests in that of `vma`, an order that mmap_lock makes:
 * told so, rather than by a subclass, because both counts then stay in one
 * class. (Under a subclass each cycle would have a second, longer form.) */
static void adjust_begin(struct vm_area_struct *vma,
                         struct vm_area_struct *next)
{
    if (variant.era == ERA_CURRENT) {
        vma_start_write(vma);
        if (next != NULL)
            vma_start_write(next);
    }
    if (variant.era != ERA_2019_SPF)
        return;
    if (variant.adjust_raw) {
        vm_raw_write_begin(vma);
        if (next != NULL)
            vm_raw_write_begin(next);
        return;
    }
    vm_write_begin(vma);
    if (next != NULL)
        vm_write_begin_nest_lock(next);
}

static void adjust_begin_next(struct vm_area_struct *next)
{
    if (variant.era != ERA_2019_SPF)
        return;
    if (variant.adjust_raw)
        vm_raw_write_begin(next);
    else
        vm_write_begin_nest_lock(next);
}

static void adjust_end(struct vm_area_struct *vma)
{
    if (variant.era != ERA_2019_SPF)
        return;
    if (variant.adjust_raw)
        vm_raw_write_end(vma);
    else
        vm_write_end(vma);
}

/* `vma` takes over pages of `next`: it must know their anon_vma first. */
static bool import_anon_vma(struct vm_area_struct *vma,
                            struct vm_area_struct *next)
{
    if (next->anon_vma == NULL || vma->anon_vma != NULL)
        return true;
    WRITE_ONCE(vma->anon_vma, next->anon_vma);
    return anon_vma_clone(vma, next);
}

/* Both rmap locks held, hence no walker sees the fields change. */
static void set_range(struct vm_area_struct *vma, struct address_space *mapping,
                      unsigned long start, unsigned long end,
                      unsigned long pgoff)
{
    bool linked = mapping != NULL && !variant.range_changes_linked;

    if (linked)
        vma_interval_tree_remove(vma);
    vma_operation("set_vm_range", vma, NULL);
    if (mapping != NULL)
        vma_operation("set_vm_range_file", vma, NULL);
    if (vma->anon_vma != NULL)
        vma_operation("set_vm_range_anon", vma, NULL);
    WRITE_ONCE(vma->vm_start, start);
    WRITE_ONCE(vma->vm_end, end);
    WRITE_ONCE(vma->vm_pgoff, pgoff);
    if (linked)
        vma_interval_tree_insert(vma, mapping);
}

static void link_inserted(struct mm_struct *mm, struct vm_area_struct *insert,
                          struct address_space *mapping)
{
    __vma_link(mm, insert);
    if (mapping != NULL)
        vma_interval_tree_insert(insert, mapping);
}

static void unlink_swallowed(struct mm_struct *mm, struct vm_area_struct *next,
                             struct address_space *mapping)
{
    __vma_unlink(mm, next);
    if (mapping != NULL)
        vma_interval_tree_remove(next);
}

noinline int __vma_adjust(struct vm_area_struct *vma, unsigned long start,
                          unsigned long end, unsigned long pgoff,
                          struct vm_area_struct *insert)
{
    struct mm_struct *mm = vma->vm_mm;
    struct vm_area_struct *next = vma_next(mm, vma);
    struct address_space *mapping =
        vma->vm_file != NULL ? &vma->vm_file->i_data : NULL;
    bool remove_next =
        next != NULL && insert == NULL && end > READ_ONCE(next->vm_start);
    struct anon_vma *anon_vma;

    BUG_ON(remove_next && end != next->vm_end);
    adjust_begin(vma, next);
    script_point("__vma_adjust: the counts are odd");
    if (remove_next && !import_anon_vma(vma, next)) {
        /* The patch as posted returns without ending the writes (R27). */
        if (variant.adjust_leaves_odd)
            return -ENOMEM;
        adjust_end(next);
        adjust_end(vma);
        return -ENOMEM;
    }

    if (mapping != NULL)
        i_mmap_lock_write(mapping);
    anon_vma = vma->anon_vma;
    if (anon_vma != NULL)
        anon_vma_lock_write(anon_vma);

    set_range(vma, mapping, start, end, pgoff);
    if (remove_next)
        unlink_swallowed(mm, next, mapping);
    else if (insert != NULL)
        link_inserted(mm, insert, mapping);

    if (anon_vma != NULL)
        anon_vma_unlock_write(anon_vma);
    if (mapping != NULL)
        i_mmap_unlock_write(mapping);

    vma_tree_publish(mm);
    if (remove_next) {
        pte_adopt(vma, next->vm_start, next->vm_end);
        if (variant.era == ERA_CURRENT)
            vma_mark_detached(next);
        unlink_anon_vmas(next);
        adjust_end(next);
        put_vma(next);
        next = vma_next(mm, vma);
        if (next != NULL)
            adjust_begin_next(next);
    }
    if (next != NULL)
        adjust_end(next);
    adjust_end(vma);
    return 0;
}

/* ---- merging and splitting ----------------------------------------------- */

/* A new mapping, before it has a VMA. */
struct region {
    unsigned long start, end, flags, pgoff;
    struct inode *file;
};

static bool same_kind(const struct vm_area_struct *vma,
                      const struct region *region)
{
    return vma->vm_flags == region->flags && vma->vm_file == region->file;
}

static unsigned long region_pages(const struct region *region)
{
    return (region->end - region->start) >> PAGE_SHIFT;
}

static bool can_merge_after(const struct vm_area_struct *prev,
                            const struct region *region)
{
    return prev != NULL && prev->vm_end == region->start &&
           same_kind(prev, region) &&
           linear_page_index(prev, region->start) == region->pgoff;
}

static bool can_merge_before(const struct vm_area_struct *next,
                             const struct region *region)
{
    return next != NULL && next->vm_start == region->end &&
           same_kind(next, region) &&
           next->vm_pgoff == region->pgoff + region_pages(region);
}

/* Two VMAs with chains of their own never become one: is_mergeable_anon_vma. */
static bool chains_fit(const struct vm_area_struct *prev,
                       const struct vm_area_struct *next)
{
    return prev->anon_vma == NULL || next->anon_vma == NULL ||
           prev->anon_vma == next->anon_vma;
}

/* The VMA that now covers `region`, or NULL: it needs one of its own. The
 * kernel's cases 1, 2 and 3. */
static noinline struct vm_area_struct *vma_merge(struct mm_struct *mm,
                                                 const struct region *region)
{
    struct vm_area_struct *next = find_vma(mm, region->start);
    struct vm_area_struct *prev = vma_prev(mm, next);
    bool after = can_merge_after(prev, region);
    bool ahead = can_merge_before(next, region);
    int error;

    if (!after && !ahead)
        return NULL;
    if (after && ahead && chains_fit(prev, next))
        error = __vma_adjust(prev, prev->vm_start, next->vm_end, prev->vm_pgoff,
                             NULL);
    else if (after)
        error = __vma_adjust(prev, prev->vm_start, region->end, prev->vm_pgoff,
                             NULL);
    else
        error = __vma_adjust(next, region->start, next->vm_end, region->pgoff,
                             NULL);
    if (error != 0)
        return NULL;
    count(COUNT_MERGES);
    return after ? prev : next;
}

/* Everything from `address` on becomes a VMA of its own. */
static noinline int __split_vma(struct vm_area_struct *vma,
                                unsigned long address)
{
    struct vm_area_struct *insert = vm_area_dup(vma);

    if (insert == NULL)
        return -ENOMEM;
    if (variant.era == ERA_CURRENT)
        vma_start_write(insert);
    insert->vm_start = address;
    insert->vm_pgoff = linear_page_index(vma, address);
    insert->anon_vma = vma->anon_vma;
    if (!anon_vma_clone(insert, vma)) {
        put_vma(insert);
        return -ENOMEM;
    }
    return __vma_adjust(vma, vma->vm_start, address, vma->vm_pgoff, insert);
}

/* Before vma_link in the raw variant, as in the patch, so that a speculative
 * fault never finds the VMA usable before its pages are moved. The annotated
 * variant opens the count afterwards (move_vma): S1 has seq -> i_mmap_rwsem
 * come from __vma_adjust alone. */
noinline struct vm_area_struct *copy_vma(struct vm_area_struct *vma,
                                         unsigned long to)
{
    struct vm_area_struct *copy = vm_area_dup(vma);

    if (copy == NULL)
        return NULL;
    copy->vm_start = to;
    copy->vm_end = to + (vma->vm_end - vma->vm_start);
    copy->anon_vma = vma->anon_vma;
    if (!anon_vma_clone(copy, vma)) {
        put_vma(copy);
        return NULL;
    }
    if (variant.era == ERA_2019_SPF && variant.move_raw)
        vm_raw_write_begin(copy);
    vma_link(vma->vm_mm, copy);
    return copy;
}

/* ---- mmap and munmap ----------------------------------------------------- */

static bool range_is_sane(unsigned long start, unsigned long len)
{
    return len != 0 && len <= TASK_SIZE && start <= TASK_SIZE - len &&
           (start | len) % PAGE_SIZE == 0;
}

/* R6: whoever found the VMA meanwhile took it for anonymous. */
static noinline void set_file_late(struct vm_area_struct *vma,
                                   struct inode *file)
{
    vma_set_file(vma, file);
    i_mmap_lock_write(&file->i_data);
    vma_interval_tree_insert(vma, &file->i_data);
    i_mmap_unlock_write(&file->i_data);
}

static noinline int mmap_region(struct mm_struct *mm,
                                const struct region *region)
{
    struct vm_area_struct *vma;

    if (!variant.fixed_takes_dead)
        dead_await(mm, region->start, region->end);
    vma = find_vma(mm, region->start);
    if (vma != NULL && vma->vm_start < region->end)
        return -EEXIST;
    dead_take(mm, region->start, region->end);
    if (vma_merge(mm, region) != NULL)
        return 0;
    vma = vm_area_alloc(mm);
    if (vma == NULL)
        return -ENOMEM;
    vma->vm_start = region->start;
    vma->vm_end = region->end;
    vma->vm_pgoff = region->pgoff;
    vma->vm_flags = region->flags;
    if (!variant.file_set_late)
        vma_set_file(vma, region->file);
    vma_link(mm, vma);
    if (variant.file_set_late)
        set_file_late(vma, region->file);
    return 0;
}

int vm_mmap(struct mm_struct *mm, unsigned long start, unsigned long len,
            unsigned long flags, struct inode *file, unsigned long pgoff)
{
    struct region region = {.start = start,
                            .end = start + len,
                            .flags = flags,
                            .pgoff = pgoff,
                            .file = file};
    int error;

    if (!range_is_sane(start, len))
        return -EINVAL;
    /* Anonymous pages are numbered by address: neighbours always fit. */
    if (file == NULL)
        region.pgoff = start >> PAGE_SHIFT;
    mmap_write_lock(mm);
    error = mmap_region(mm, &region);
    mmap_write_unlock(mm);
    return error;
}

/* The first gap of `len` from `from` on: get_unmapped_area. */
static unsigned long unmapped_area(struct mm_struct *mm, unsigned long from,
                                   unsigned long len)
{
    for (;;) {
        unsigned long start = dead_skip(mm, from, from + len);
        struct vm_area_struct *vma = find_vma(mm, start);

        if (vma == NULL || vma->vm_start >= start + len)
            return start;
        from = vma->vm_end;
    }
}

unsigned long vm_mmap_anywhere(struct mm_struct *mm, unsigned long from,
                               unsigned long len, unsigned long flags)
{
    struct region region = {.flags = flags};
    int error;

    mmap_write_lock(mm);
    region.start = unmapped_area(mm, from, len);
    region.end = region.start + len;
    region.pgoff = region.start >> PAGE_SHIFT;
    error = mmap_region(mm, &region);
    mmap_write_unlock(mm);
    return error == 0 ? region.start : 0;
}

int split_at(struct mm_struct *mm, unsigned long address)
{
    struct vm_area_struct *vma = find_vma(mm, address);

    if (vma == NULL || vma->vm_start >= address)
        return 0;
    return __split_vma(vma, address);
}

/* The VMA is out of the list and unmapped: out of the reverse mappings too,
 * before its tables go. */
static void hide_from_rmap(struct vm_area_struct *vma)
{
    unlink_anon_vmas(vma);
    unlink_file_vma(vma);
}

static void say_free_tables(struct list_head *detached)
{
    struct list_head *at;

    list_for_each(at, detached) vma_operation(
        "free_tables", list_entry(at, struct vm_area_struct, mm_link), NULL);
}

static noinline void free_pgtables(struct mmu_gather *tlb,
                                   struct list_head *detached,
                                   unsigned long start, unsigned long end,
                                   unsigned long floor, unsigned long ceiling)
{
    struct list_head *at;

    list_for_each(at, detached)
        hide_from_rmap(list_entry(at, struct vm_area_struct, mm_link));
    say_free_tables(detached);
    free_pgd_range(tlb, start, end, floor, ceiling);
}

/* S0's x4: a truncate still comes through i_mmap to the tables that go. */
static noinline void free_pgtables_first(struct mmu_gather *tlb,
                                         struct list_head *detached,
                                         unsigned long start, unsigned long end,
                                         unsigned long floor,
                                         unsigned long ceiling)
{
    struct list_head *at;

    say_free_tables(detached);
    free_pgd_range(tlb, start, end, floor, ceiling);
    tlb_finish_mmu(tlb);
    script_point("unmap_region: tables are freed");
    list_for_each(at, detached)
        hide_from_rmap(list_entry(at, struct vm_area_struct, mm_link));
}

static noinline void unmap_region(struct mm_struct *mm,
                                  struct list_head *detached,
                                  unsigned long start, unsigned long end,
                                  unsigned long floor, unsigned long ceiling)
{
    struct mmu_gather tlb;
    struct list_head *at;

    mmu_notifier_invalidate_range_start(mm);
    tlb_gather_mmu(&tlb, mm);
    list_for_each(at, detached)
    {
        struct vm_area_struct *vma =
            list_entry(at, struct vm_area_struct, mm_link);

        unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end, NULL);
    }
    tlb_finish_mmu(&tlb);
    script_point("unmap_region: zapped");
    if (!variant.tables_freed_first)
        free_pgtables(&tlb, detached, start, end, floor, ceiling);
    else
        free_pgtables_first(&tlb, detached, start, end, floor, ceiling);
    tlb_finish_mmu(&tlb);
}

static void remove_vma_list(struct list_head *detached)
{
    while (!list_empty(detached)) {
        struct vm_area_struct *vma =
            list_entry(detached->next, struct vm_area_struct, mm_link);

        list_del(&vma->mm_link);
        put_vma(vma);
    }
}

static void detach_vmas(struct mm_struct *mm, unsigned long start,
                        unsigned long end, struct list_head *detached)
{
    struct vm_area_struct *vma;

    while ((vma = find_vma(mm, start)) != NULL && vma->vm_start < end) {
        if (variant.era == ERA_CURRENT && !variant.detaches_unlocked)
            vma_start_write(vma);
        __vma_unlink(mm, vma);
        if (variant.era == ERA_CURRENT)
            vma_mark_detached(vma);
        list_add_tail(&vma->mm_link, detached);
        lockval_right_begin(&vma->mm_link, &vma_isolated_class, &mm->mmap_lock,
                            LOCKVAL_READ);
    }
    vma_tree_publish(mm);
}

static bool grows(const struct vm_area_struct *vma)
{
    return vma != NULL && (vma->vm_flags & VM_GROWSDOWN);
}

/* A stack next to the hole could grow into it under mmap_lock R, among tables
 * that are being freed (R20, CVE-2021-20200). True: now held for reading. */
static noinline bool try_downgrade(struct mm_struct *mm,
                                   struct vm_area_struct *prev,
                                   struct vm_area_struct *next)
{
    bool calm = !grows(prev) && !grows(next);

    if (variant.era == ERA_2019_SPF || (!calm && !variant.downgrade_anyway))
        return false;
    downgrade_operation(mm, calm);
    mmap_write_downgrade(mm);
    script_point("munmap: downgraded");
    return true;
}

/* 1: done, and mmap_lock was downgraded, which only happens if `may` say so. */
static noinline int __do_munmap(struct mm_struct *mm, unsigned long start,
                                unsigned long len, bool may_downgrade)
{
    bool downgraded;
    unsigned long end = start + len;
    struct list_head detached;
    struct vm_area_struct *next, *prev;
    unsigned long floor, ceiling;
    struct dead_range dead;

    if (!range_is_sane(start, len))
        return -EINVAL;
    if (split_at(mm, start) != 0 || split_at(mm, end) != 0)
        return -ENOMEM;
    INIT_LIST_HEAD(&detached);
    detach_vmas(mm, start, end, &detached);
    if (list_empty(&detached))
        return 0;
    dead_begin(&dead, mm, &detached, start, end);
    next = find_vma(mm, start);
    prev = vma_prev(mm, next);
    floor = prev != NULL ? prev->vm_end : 0;
    ceiling = next != NULL ? next->vm_start : TASK_SIZE;
    /* The entry is erased, or looked for, under mmap_lock W. */
    if (variant.munmap_waits != MUNMAP_NOT)
        may_downgrade = false;
    downgraded = may_downgrade && try_downgrade(mm, prev, next);
    unmap_region(mm, &detached, start, end, floor, ceiling);
    remove_vma_list(&detached);
    dead_end(&dead);
    return downgraded;
}

int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
    return __do_munmap(mm, start, len, false);
}

int vm_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
    int error;

    mmap_write_lock(mm);
    error = __do_munmap(mm, start, len, true);
    if (error <= 0) {
        mmap_write_unlock(mm);
        return error;
    }
    mmap_read_unlock(mm);
    return 0;
}

/* ---- the whole address space --------------------------------------------- */

struct mm_struct *mm_alloc(void)
{
    struct mm_struct *mm = kmem_cache_alloc(sizeof(*mm), GFP_KERNEL);

    if (mm == NULL)
        return NULL;
    init_rwsem(&mm->mmap_lock, &mmap_lock_class);
    INIT_LIST_HEAD(&mm->mmap);
    spin_lock_init(&mm->mm_rb_lock, &mm_rb_lock_class);
    spin_lock_init(&mm->page_table_lock, &page_table_lock_class);
    if (pgd_alloc(mm))
        return mm;
    kmem_cache_free(mm);
    return NULL;
}

static noinline void exit_mmap(struct mm_struct *mm)
{
    struct list_head detached;

    INIT_LIST_HEAD(&detached);
    mmap_write_lock(mm);
    detach_vmas(mm, 0, TASK_SIZE, &detached);
    unmap_region(mm, &detached, 0, TASK_SIZE, 0, TASK_SIZE);
    remove_vma_list(&detached);
    mmap_write_unlock(mm);
}

void mmput(struct mm_struct *mm)
{
    exit_mmap(mm);
    BUG_ON(atomic_load(&mm->table_count) != 1);
    pgd_free(mm);
    vma_tree_free(mm);
    vm_area_cache_shrink();
    anon_vma_cache_shrink();
    table_quarantine_drain();
    kmem_cache_free(mm);
}
