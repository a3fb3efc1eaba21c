/* SPDX-License-Identifier: BSD-2-Clause */
/* s4.c: the scenarios of S4, walks of page tables, and who frees those.
 *
 *   ok-a  mmap_lock R, a VMA, its tables     ok-a-vma  the VMA lock instead
 *   ok-b  mmap_lock W, no VMA                ok-c      interrupts off, reading
 *   ok-khugepaged  a table goes, but not under GUP-fast
 * Each meets the one who would free its table, and makes him wait.
 *   x1  nothing held but the PTL, as in DAMON v34: it lies in what is freed
 *   x2  mmap_lock R, outside of any VMA: a downgraded munmap frees there
 *   x3  the VMA is used after mmap_lock was dropped and taken again
 *   x4  a lockless walker writes      x5  it has RCU alone to keep its tables
 *   x6  khugepaged frees a table without asking GUP-fast
 *   x7  munmap downgrades although its neighbour may grow into the hole */
#include "damon.h"
#include "gup.h"
#include "khugepaged.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rules.h"
#include "scenario.h"
#include "script.h"
#include "stage.h"
#include "vma.h"

/* Alone in its table. */
#define AREA 0x400000UL
#define AREA_PAGES 2

/* ---- who walks ----------------------------------------------------------- */

static void walk_mmap_lock(void *unused)
{
    (void)unused;
    script_point("walk");
    stage_expect(damon_va_mkold(stage.mm, AREA), "an accessed page");
}

static void walk_vma_lock(void *unused)
{
    (void)unused;
    script_point("walk");
    stage_expect(damon_va_mkold_vma_lock(stage.mm, AREA), "an accessed page");
}

static void walk_exclusive(void *unused)
{
    (void)unused;
    script_point("walk");
    stage_expect(damon_va_mkold_exclusive(stage.mm, AREA), "an accessed page");
}

static void walk_lockless(void *unused)
{
    struct page *page;

    (void)unused;
    script_point("walk");
    page = get_user_page_fast(stage.mm, AREA);
    if (page != NULL)
        put_page(page);
}

/* damon_va_mkold of v34: follow_invalidate_pte, by address alone. */
static void walk_as_posted(void *unused)
{
    spinlock_t *ptl;
    pte_t *pte;

    (void)unused;
    script_point("walk");
    mm_operation("traverse", stage.mm);
    pte = pte_offset_map_lock(stage.mm, AREA, &ptl);
    script_point("damon: the PTL is held");
    if (table_is_freed(container_of(ptl, struct page_table, ptl)))
        count(COUNT_FREED_TABLE_LOOKS);
    atomic_fetch_and(pte, ~(uint64_t)PTE_YOUNG);
    pte_unmap_unlock(pte, ptl);
}

static void walk_hole(void *unused)
{
    struct page_table *table;

    (void)unused;
    script_point("walk");
    mmap_read_lock(stage.mm);
    mm_operation("walk_outside_vma", stage.mm);
    table = pmd_table(stage.mm, AREA);
    script_point("a table in the hole");
    pte_get(pte_offset(table, AREA));
    mmap_read_unlock(stage.mm);
}

static void walk_unverified(void *unused)
{
    struct vm_area_struct *vma;

    (void)unused;
    script_point("walk");
    mmap_read_lock(stage.mm);
    vma = find_vma(stage.mm, AREA);
    mmap_read_unlock(stage.mm);
    script_point("mmap_lock was dropped");
    mmap_read_lock(stage.mm);
    vma_operation("use_vma", vma, NULL);
    if (READ_ONCE(vma->vm_unlinked))
        count(COUNT_DEAD_VMAS);
    mmap_read_unlock(stage.mm);
}

/* ---- who frees ----------------------------------------------------------- */

static void munmap_thread(void *unused)
{
    (void)unused;
    script_point("munmap");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(AREA_PAGES)) == 0,
                 "an area unmapped");
}

static void retract_thread(void *unused)
{
    (void)unused;
    script_point("retract");
    stage_expect(khugepaged_retract(stage.mm, AREA), "a table retracted");
}

/* ---- scripts ------------------------------------------------------------- */

#define SCRIPT(name, walker, freer, ...)                                \
    static const struct script_thread name##_threads[] = {              \
        {"walk", walker},                                               \
        {"free", freer},                                                \
    };                                                                  \
    static const struct script_step name##_steps[] = {__VA_ARGS__};     \
    static const struct script name = {name##_threads, 2, name##_steps, \
                                       COUNT_OF(name##_steps)}

/* clang-format off */
SCRIPT(with_mmap_lock, walk_mmap_lock, munmap_thread,
    {"walk", "walk", 0},
    {"free", "munmap", SCRIPT_BLOCKS},
    {"walk", "damon: the PTL is held", 0});
SCRIPT(with_vma_lock, walk_vma_lock, munmap_thread,
    {"walk", "walk", 0},
    {"free", "munmap", SCRIPT_BLOCKS},
    {"walk", "damon: the PTL is held", 0});
SCRIPT(exclusive, walk_exclusive, munmap_thread,
    {"walk", "walk", 0},
    {"free", "munmap", SCRIPT_BLOCKS},
    {"walk", "damon: the PTL is held", 0});
/* munmap's IPI is not answered before the walk is over. */
SCRIPT(lockless, walk_lockless, munmap_thread,
    {"walk", "walk", 0},
    {"free", "munmap", SCRIPT_BLOCKS},
    {"walk", "gup_pte_range: a table", 0});
SCRIPT(lockless_retract, walk_lockless, retract_thread,
    {"free", "retract", 0},
    {"walk", "walk", 0},
    {"free", "khugepaged: the entries are gone", SCRIPT_BLOCKS},
    {"walk", "gup_pte_range: a table", 0});
SCRIPT(as_posted, walk_as_posted, munmap_thread,
    {"free", "munmap", 0},
    {"walk", "walk", 0},
    {"free", "unmap_region: zapped", 0},
    {"walk", "damon: the PTL is held", 0});
SCRIPT(in_a_hole, walk_hole, munmap_thread,
    {"free", "munmap", 0},
    {"walk", "walk", 0},
    {"free", "munmap: downgraded", 0},
    {"walk", "a table in the hole", 0});
SCRIPT(unverified, walk_unverified, munmap_thread,
    {"walk", "walk", 0},
    {"free", "munmap", 0},
    {"walk", "mmap_lock was dropped", 0});
SCRIPT(apart, walk_lockless, munmap_thread,
    {"walk", "walk", 0},
    {"free", "munmap", 0});
/* clang-format on */

static void set_up(struct inode *file)
{
    stage_map(AREA, AREA_PAGES, file, 0);
    stage_touch(AREA, AREA_PAGES, file == NULL);
}

static bool run(const struct script *script, bool freed_table_is_seen)
{
    stage_set_up(0);
    set_up(NULL);
    script_run(script, NULL);
    stage_expect(stage_counted(COUNT_FREED_TABLE_LOOKS) == freed_table_is_seen,
                 freed_table_is_seen ? "a look into a freed table"
                                     : "no look into a freed table");
    return stage_tear_down();
}

static bool run_ok_a(void)
{
    return run(&with_mmap_lock, false);
}

static bool run_ok_a_vma(void)
{
    return run(&with_vma_lock, false);
}

static bool run_ok_b(void)
{
    return run(&exclusive, false);
}

static bool run_ok_c(void)
{
    return run(&lockless, false);
}

static bool run_x1(void)
{
    return run(&as_posted, true);
}

static bool run_x2(void)
{
    return run(&in_a_hole, true);
}

static bool run_x3(void)
{
    stage_set_up(0);
    set_up(NULL);
    script_run(&unverified, NULL);
    stage_expect(stage_counted(COUNT_DEAD_VMAS) == 1, "a dead VMA used");
    return stage_tear_down();
}

static bool run_x4(void)
{
    return run(&apart, false);
}

static bool run_x5(void)
{
    return run(&lockless, true);
}

static bool run_retract(bool freed_table_is_seen)
{
    stage_set_up(AREA_PAGES);
    set_up(stage.inode);
    script_run(&lockless_retract, NULL);
    stage_expect(stage_counted(COUNT_TABLES_RETRACTED) == 1, "one table");
    stage_expect(stage_counted(COUNT_FREED_TABLE_LOOKS) == freed_table_is_seen,
                 "a look into a freed table only if nobody waited");
    return stage_tear_down();
}

static bool run_ok_khugepaged(void)
{
    return run_retract(false);
}

static bool run_x6(void)
{
    return run_retract(true);
}

/* A stack right above what is unmapped. */
static bool run_x7(void)
{
    stage_set_up(0);
    set_up(NULL);
    stage_expect(vm_mmap(stage.mm, AREA + PAGES(AREA_PAGES), PAGES(1),
                         VM_READ | VM_WRITE | VM_GROWSDOWN, NULL, 0) == 0,
                 "a stack");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(AREA_PAGES)) == 0,
                 "an area unmapped");
    return stage_tear_down();
}

/* ---- the table ----------------------------------------------------------- */

static const struct scenario scenarios[] = {
    {"s4.ok-a", false, "silent", {.era = ERA_2021}, run_ok_a},
    {"s4.ok-a-vma", false, "silent", {.era = ERA_CURRENT}, run_ok_a_vma},
    {"s4.ok-b", false, "silent", {.era = ERA_2021}, run_ok_b},
    {"s4.ok-c", false, "silent", {.era = ERA_2021}, run_ok_c},
    {"s4.ok-khugepaged",
     false,
     "silent",
     {.era = ERA_CURRENT},
     run_ok_khugepaged},
    {"s4.ok-grows", false, "silent", {.era = ERA_2021}, run_x7},
    {"s4.x1", true, "rule:R15 free-held:ptl", {.era = ERA_2021}, run_x1},
    {"s4.x2", true, "rule:R19", {.era = ERA_2021}, run_x2},
    {"s4.x3", true, "rule:R12", {.era = ERA_2021}, run_x3},
    {"s4.x4", true, "rule:R22", {.era = ERA_2021, .gup_writes = true}, run_x4},
    {"s4.x5",
     true,
     "rule:R22",
     {.era = ERA_2021, .gup_under_rcu = true},
     run_x5},
    {"s4.x6",
     true,
     "rule:R21",
     {.era = ERA_2021, .retract_without_sync = true},
     run_x6},
    {"s4.x7",
     true,
     "rule:R20",
     {.era = ERA_2021, .downgrade_anyway = true},
     run_x7},
};

const struct scenario_table s4_scenarios = {scenarios, COUNT_OF(scenarios)};
