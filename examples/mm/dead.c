/* SPDX-License-Identifier: BSD-2-Clause */
/* dead.c: see dead.h. */
#include "dead.h"

#include <limits.h>
#include <sched.h>

#include "classes.h"
#include "counters.h"
#include "futex.h"
#include "mmap_lock.h"
#include "rcu.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"
#include "vma_tree.h"

/* Of all mms: scenarios have one. Under mmap_lock W, like the tree. */
static struct list_head ranges = {&ranges, &ranges};
static atomic_uint erased; /* changes when an entry goes */

static struct dead_range *range_at(struct list_head *link)
{
    return list_entry(link, struct dead_range, link);
}

static bool overlaps(const struct dead_range *dead, struct mm_struct *mm,
                     unsigned long start, unsigned long end)
{
    return dead->mm == mm && dead->start < end && start < dead->end;
}

static bool overlaps_live(struct mm_struct *mm, unsigned long start,
                          unsigned long end)
{
    struct vm_area_struct *vma = find_vma(mm, start);

    return vma != NULL && vma->vm_start < end;
}

static void erase(struct dead_range *dead)
{
    dead->entry = false;
    atomic_fetch_add(&erased, 1);
    futex_wake(&erased, INT_MAX);
}

/* ---- munmap -------------------------------------------------------------- */

/* The caller still owns what it detached; the range is its own as long as
 * nobody was given it. */
static void own_again(struct dead_range *dead, struct list_head *detached)
{
    bool taken = overlaps_live(dead->mm, dead->start, dead->end);
    struct list_head *at;

    list_for_each(at, detached)
    {
        struct vm_area_struct *vma =
            list_entry(at, struct vm_area_struct, mm_link);

        vma_looked_up(vma, &dead->mm->mmap_lock);
        if (!taken)
            lockval_right_begin(&vma->mm_link, &vma_isolated_class,
                                &dead->mm->mmap_lock, LOCKVAL_READ);
    }
}

static void wait_for_references(struct list_head *detached)
{
    struct list_head *at;

    list_for_each(at, detached)
    {
        struct vm_area_struct *vma =
            list_entry(at, struct vm_area_struct, mm_link);

        while (atomic_load(&vma->vm_ref_count) != 1)
            sched_yield();
    }
}

static noinline void wait_unlocked(struct dead_range *dead,
                                   struct list_head *detached)
{
    mmap_write_unlock(dead->mm);
    script_point("munmap: waits without mmap_lock");
    if (variant.munmap_waits == MUNMAP_SOL2)
        wait_for_references(detached);
    else
        synchronize_rcu();
    mmap_write_lock(dead->mm);
    if (variant.erased_before_flush) {
        erase(dead);
        mmap_write_unlock(dead->mm);
        script_point("munmap: erased, not flushed");
        mmap_write_lock(dead->mm);
    }
    own_again(dead, detached);
}

void dead_begin(struct dead_range *dead, struct mm_struct *mm,
                struct list_head *detached, unsigned long start,
                unsigned long end)
{
    *dead = (struct dead_range){.mm = mm, .start = start, .end = end};
    if (variant.munmap_waits == MUNMAP_NOT)
        return;
    dead->entry = variant.munmap_waits == MUNMAP_SOL3;
    list_add_tail(&dead->link, &ranges);
    if (variant.munmap_waits != MUNMAP_SOL1 || variant.sync_unlocked) {
        wait_unlocked(dead, detached);
        return;
    }
    synchronize_rcu();
    count(COUNT_GRACE_UNDER_LOCK);
}

static void erase_operation(struct dead_range *dead)
{
    const struct lockval_role role[] = {{"own", &dead->entry}};

    lockval_operation("erase_entry", role, 1);
}

static struct vm_area_struct *lost;

/* Whatever lies there. */
static noinline void erase_by_range(struct dead_range *dead)
{
    struct vm_area_struct *vma = find_vma(dead->mm, dead->start);

    erase_operation(dead);
    if (vma == NULL || vma->vm_start >= dead->end)
        return;
    __vma_unlink(dead->mm, vma);
    vma_tree_publish(dead->mm);
    lost = vma;
    count(COUNT_VMAS_LOST);
}

void dead_relink_lost(void)
{
    struct mm_struct *mm = lost->vm_mm;

    mmap_write_lock(mm);
    __vma_link(mm, lost);
    vma_tree_publish(mm);
    mmap_write_unlock(mm);
}

static noinline void erase_own(struct dead_range *dead)
{
    if (!dead->entry)
        return; /* replaced meanwhile */
    lockval_right_begin(&dead->entry, &dead_entry_class, &dead->mm->mmap_lock,
                        LOCKVAL_READ);
    erase_operation(dead);
    lockval_right_end(&dead->entry);
    erase(dead);
}

void dead_end(struct dead_range *dead)
{
    if (variant.munmap_waits == MUNMAP_NOT)
        return;
    dead->quiet = true;
    if (variant.erases_later) {
        mmap_write_unlock(dead->mm);
        script_point("munmap: quiet, not erased");
        mmap_write_lock(dead->mm);
    }
    if (variant.erases_by_range)
        erase_by_range(dead);
    else
        erase_own(dead);
    list_del(&dead->link);
}

/* ---- who wants the range ------------------------------------------------- */

/* One that is in the way; NULL: none. */
static struct dead_range *entry_in(struct mm_struct *mm, unsigned long start,
                                   unsigned long end)
{
    struct list_head *at;

    list_for_each(at, &ranges)
    {
        struct dead_range *dead = range_at(at);

        if (dead->entry && !dead->quiet && overlaps(dead, mm, start, end))
            return dead;
    }
    return NULL;
}

void dead_await(struct mm_struct *mm, unsigned long start, unsigned long end)
{
    while (entry_in(mm, start, end) != NULL) {
        unsigned seen = atomic_load(&erased);

        mmap_write_unlock(mm);
        futex_wait(&erased, seen);
        mmap_write_lock(mm);
    }
}

unsigned long dead_skip(struct mm_struct *mm, unsigned long start,
                        unsigned long end)
{
    struct dead_range *dead;

    while ((dead = entry_in(mm, start, end)) != NULL) {
        end += dead->end - start;
        start = dead->end;
    }
    return start;
}

static bool is_quiet(struct mm_struct *mm, unsigned long start,
                     unsigned long end)
{
    struct list_head *at;

    list_for_each(at, &ranges)
    {
        if (!range_at(at)->quiet && overlaps(range_at(at), mm, start, end))
            return false;
    }
    return true;
}

static void replace_entries(struct mm_struct *mm, unsigned long start,
                            unsigned long end)
{
    struct list_head *at;

    list_for_each(at, &ranges)
    {
        if (overlaps(range_at(at), mm, start, end) && range_at(at)->entry)
            erase(range_at(at));
    }
}

void dead_take(struct mm_struct *mm, unsigned long start, unsigned long end)
{
    const struct lockval_role role[] = {
        {"mm", &mm->mmap_lock},
        {"quiet", &mm->map_count},
    };

    if (is_quiet(mm, start, end))
        lockval_right_begin(&mm->map_count, &range_quiet_class, &mm->mmap_lock,
                            LOCKVAL_READ);
    lockval_operation("reuse_range", role, 2);
    lockval_right_end(&mm->map_count);
    replace_entries(mm, start, end);
}
