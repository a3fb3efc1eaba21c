/* SPDX-License-Identifier: BSD-2-Clause */
/* s0_rules.c: rules of S0 that none of its scenarios breaks: each has one that
 * does, named after it, and one that keeps them all.
 *
 *   ok-walk  a page walk in every mode: mmap_lock R, W, VMA locks, no VMA
 *   r6   mmap sets vm_file of a VMA that can be found already
 *   r8   a VMA is write-locked under mmap_lock R
 *   r10  a VMA is read-locked without RCU: it may be gone before it is tried
 *   r13  munmap detaches a VMA that is not write-locked
 *   r23  mremap moves entries past whoever walks the reverse mappings
 *   r25  a walk relies on a VMA write lock that nobody took */
#include "mmap.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pagewalk.h"
#include "pgtable.h"
#include "rmap.h"
#include "scenario.h"
#include "stage.h"
#include "vma.h"
#include "vma_lock.h"

#define AREA 0x400000UL
#define AREA_PAGES 4
#define TARGET 0x800000UL

/* ---- walks --------------------------------------------------------------- */

static void add_entry(uint64_t value, unsigned long address, void *private)
{
    (void)value, (void)address;
    ++*(unsigned *)private;
}

static unsigned walk(enum page_walk_lock walk_lock)
{
    const struct mm_walk_ops ops = {add_entry, walk_lock};
    unsigned entries = 0;

    walk_page_range(stage.mm, 0, TASK_SIZE, &ops, &entries);
    return entries;
}

static unsigned walk_vma_locked(void)
{
    const struct mm_walk_ops ops = {add_entry, PGWALK_VMA_RDLOCK_VERIFY};
    struct vm_area_struct *vma = lock_vma_under_rcu(stage.mm, AREA);
    unsigned entries = 0;

    walk_page_vma(vma, &ops, &entries);
    vma_end_read(vma);
    return entries;
}

static unsigned walk_without_vmas(void)
{
    const struct mm_walk_ops ops = {add_entry, PGWALK_WRLOCK};
    unsigned entries = 0;

    mmap_write_lock(stage.mm);
    walk_page_range_novma(stage.mm, AREA, AREA + PMD_SIZE, &ops, &entries);
    mmap_write_unlock(stage.mm);
    return entries;
}

static void set_up(void)
{
    stage_set_up(8);
    stage_map(AREA, AREA_PAGES, stage.inode, 0);
    stage_touch(AREA, 2, true);
}

static bool run_ok_walk(void)
{
    set_up();
    mmap_read_lock(stage.mm);
    stage_expect(walk(PGWALK_RDLOCK) == 2, "two entries under mmap_lock R");
    mmap_read_unlock(stage.mm);
    mmap_write_lock(stage.mm);
    stage_expect(walk(PGWALK_WRLOCK) == 2, "two entries, VMAs locked");
    stage_expect(walk(PGWALK_WRLOCK_VERIFY) == 2, "the same again");
    mmap_write_unlock(stage.mm);
    stage_expect(walk_vma_locked() == 2, "two entries under the VMA lock");
    stage_expect(walk_without_vmas() == 2, "two entries without a VMA");
    return stage_tear_down();
}

static bool run_r25(void)
{
    set_up();
    mmap_write_lock(stage.mm);
    walk(PGWALK_WRLOCK_VERIFY);
    mmap_write_unlock(stage.mm);
    return stage_tear_down();
}

/* ---- VMAs ---------------------------------------------------------------- */

static bool run_mmap_and_munmap(void)
{
    set_up();
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(AREA_PAGES)) == 0,
                 "the area unmapped");
    return stage_tear_down();
}

static noinline void write_lock_under_read(struct vm_area_struct *vma)
{
    vma_start_write(vma);
}

static bool run_r8(void)
{
    set_up();
    mmap_read_lock(stage.mm);
    write_lock_under_read(find_vma(stage.mm, AREA));
    mmap_read_unlock(stage.mm);
    return stage_tear_down();
}

static noinline bool read_lock_without_rcu(struct vm_area_struct *vma)
{
    return vma_start_read(stage.mm, vma);
}

static bool run_r10(void)
{
    struct vm_area_struct *vma;

    set_up();
    mmap_read_lock(stage.mm);
    vma = find_vma(stage.mm, AREA);
    mmap_read_unlock(stage.mm);
    if (read_lock_without_rcu(vma))
        vma_end_read(vma);
    return stage_tear_down();
}

/* Here the damage cannot be seen: whoever walks a list of VMAs meets the older
 * one first, so that an entry which has left it is met in the newer one. The
 * kernel's interval trees promise no such order. */
static bool run_move(void)
{
    struct page *page;

    set_up();
    mmap_read_lock(stage.mm);
    page = pte_page(follow_pte(find_vma(stage.mm, AREA), AREA));
    mmap_read_unlock(stage.mm);
    stage_expect(vm_mremap(stage.mm, AREA, TARGET) == 0, "the area moved");
    get_page(page);
    lock_page(page);
    stage_expect(page_referenced(page) == 1, "its page is found");
    unlock_page(page);
    put_page(page);
    return stage_tear_down();
}

/* ---- the table ----------------------------------------------------------- */

static const struct scenario scenarios[] = {
    {"s0.ok-walk", false, "silent", {.era = ERA_CURRENT}, run_ok_walk},
    {"s0.ok-move", false, "silent", {.era = ERA_CURRENT}, run_move},
    {"s0.r6",
     true,
     "rule:R6",
     {.era = ERA_CURRENT, .file_set_late = true},
     run_mmap_and_munmap},
    {"s0.r8", true, "rule:R8", {.era = ERA_CURRENT}, run_r8},
    {"s0.r10", true, "rule:R10", {.era = ERA_CURRENT}, run_r10},
    {"s0.r13",
     true,
     "rule:R13",
     {.era = ERA_CURRENT, .detaches_unlocked = true},
     run_mmap_and_munmap},
    {"s0.r23",
     true,
     "rule:R23",
     {.era = ERA_CURRENT, .moves_unlocked = true},
     run_move},
    {"s0.r25", true, "rule:R25", {.era = ERA_CURRENT}, run_r25},
};

const struct scenario_table s0_rule_scenarios = {scenarios,
                                                 COUNT_OF(scenarios)};
