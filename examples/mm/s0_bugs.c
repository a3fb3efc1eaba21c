/* SPDX-License-Identifier: BSD-2-Clause */
/* s0_bugs.c: S0 x1–x7: what the documentation of VMA locks rules out, each
 * stepped until the damage shows.
 *
 *   x1  vma_start_write under i_mmap_rwsem: it waits for a fault that
 * allocates, and reclaim waits for i_mmap_rwsem x2  a page is installed through
 * the rmap, while munmap has zapped and not yet freed: a PTE is present when
 * its table goes x3  a range changes while i_mmap knows it by the old one x4
 * tables are freed before their VMA left i_mmap; a truncate is on its way x5
 * vm_flags change under mmap_lock R, and under a reader's feet x6  a VMA write
 * lock is relied on after the downgrade that ended it x7  anon_vma_clone
 * reclaims under the rwsem that reclaim wants */
#include "filemap.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "scenario.h"
#include "script.h"
#include "stage.h"
#include "vma.h"
#include "vma_lock.h"

/* Alone in its table; four pages of the file, privately. */
#define AREA 0x400000UL
#define AREA_PAGES 4

/* ---- the threads --------------------------------------------------------- */

static void fault_thread(void *unused)
{
    (void)unused;
    script_point("fault");
    stage_touch(AREA + PAGES(2), 1, true);
}

static void reclaim_thread(void *unused)
{
    struct page *page;

    (void)unused;
    script_point("reclaim");
    stage_fill_pool();
    page = __alloc_pages(GFP_KERNEL);
    stage_expect(page != NULL, "direct reclaim frees pages");
    if (page != NULL)
        put_page(page);
    stage_drain_pool();
}

static void munmap_thread(void *unused)
{
    (void)unused;
    script_point("munmap");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(AREA_PAGES)) == 0,
                 "the area unmapped");
}

static void split_thread(void *unused)
{
    (void)unused;
    script_point("munmap the end");
    stage_expect(vm_munmap(stage.mm, AREA + PAGES(3), PAGES(1)) == 0,
                 "the last page unmapped");
}

static void truncate_thread(void *unused)
{
    (void)unused;
    script_point("ftruncate");
    do_truncate(stage.inode, 1);
}

static void mprotect_thread(void *unused)
{
    (void)unused;
    script_point("mprotect");
    stage_expect(vm_mprotect(stage.mm, AREA, PAGES(AREA_PAGES), VM_READ) == 0,
                 "the area is read-only");
}

/* x1: a vma_link that takes its locks in the wrong order. */
static noinline void link_late(struct vm_area_struct *vma)
{
    i_mmap_lock_write(&stage.inode->i_data);
    vma_start_write(vma);
    i_mmap_unlock_write(&stage.inode->i_data);
}

static void link_thread(void *unused)
{
    (void)unused;
    script_point("link");
    mmap_write_lock(stage.mm);
    link_late(find_vma(stage.mm, AREA));
    mmap_write_unlock(stage.mm);
}

/* x2: fault-around, but from the file's side. */
static noinline void install_through_rmap(struct page *page)
{
    struct address_space *mapping = &stage.inode->i_data;
    struct vm_area_struct *vma;
    bool mapped = false;

    i_mmap_lock_read(mapping);
    vma = vma_interval_tree_next(mapping, NULL, page->index, page->index);
    if (vma != NULL)
        mapped = map_new_page(vma, AREA + PAGES(3), page, false);
    i_mmap_unlock_read(mapping);
    stage_expect(mapped, "a page mapped through the rmap");
    if (!mapped)
        put_page(page);
}

static void install_thread(void *unused)
{
    struct page *page;

    (void)unused;
    script_point("install");
    page = filemap_fault(stage.inode, 3);
    unlock_page(page);
    install_through_rmap(page);
}

/* x5: the VMA lock promises that flags stay. */
static void reader_thread(void *unused)
{
    struct vm_area_struct *vma;
    unsigned long flags;

    (void)unused;
    script_point("read the flags");
    vma = lock_vma_under_rcu(stage.mm, AREA);
    flags = READ_ONCE(vma->vm_flags);
    script_point("read them again");
    if (READ_ONCE(vma->vm_flags) != flags)
        count(COUNT_FLAGS_MOVED);
    vma_end_read(vma);
}

/* x6: comes in where it should have found a writer. */
static void vma_reader_thread(void *unused)
{
    struct vm_area_struct *vma;

    (void)unused;
    script_point("lock the VMA");
    vma = lock_vma_under_rcu(stage.mm, AREA);
    stage_expect(vma != NULL, "a VMA that is write-locked no more");
    if (vma == NULL)
        return;
    count(COUNT_VMA_LOCKED);
    vma_end_read(vma);
}

static noinline void rely_on_write_lock(struct vm_area_struct *vma)
{
    vma_assert_write_locked(vma);
}

static void downgrade_thread(void *unused)
{
    struct vm_area_struct *vma;

    (void)unused;
    script_point("downgrade");
    mmap_write_lock(stage.mm);
    vma = find_vma(stage.mm, AREA);
    vma_start_write(vma);
    rely_on_write_lock(vma);
    mmap_write_downgrade(stage.mm);
    script_point("downgraded");
    rely_on_write_lock(vma);
    mmap_read_unlock(stage.mm);
}

/* ---- the scripts --------------------------------------------------------- */

static void set_up(void)
{
    stage_set_up(8);
    stage_map(AREA, AREA_PAGES, stage.inode, 0);
    stage_touch(AREA, 1, true);
    stage_touch(AREA + PAGES(1), 1, false);
}

static void play(const struct script_thread *thread, size_t threads,
                 const struct script_step *step, size_t steps)
{
    struct script script = {thread, threads, step, steps};

    script_run(&script, NULL);
}
#define PLAY(threads, steps) \
    play(threads, COUNT_OF(threads), steps, COUNT_OF(steps))

static bool run_x1(void)
{
    static const struct script_thread threads[] = {
        {"link", link_thread},
        {"fault", fault_thread},
        {"reclaim", reclaim_thread},
    };
    static const struct script_step steps[] = {
        {"link", "link", 0},
        {"fault", "fault", 0},
        {"reclaim", "reclaim", 0},
    };

    set_up();
    PLAY(threads, steps);
    return stage_tear_down();
}

static bool run_x2(void)
{
    static const struct script_thread threads[] = {
        {"munmap", munmap_thread},
        {"install", install_thread},
    };
    static const struct script_step steps[] = {
        {"munmap", "munmap", 0},
        {"install", "install", 0},
        {"munmap", "unmap_region: zapped", 0},
    };

    set_up();
    PLAY(threads, steps);
    stage_expect(stage_counted(COUNT_PTES_LOST) == 1,
                 "a PTE present when its table is freed");
    return stage_tear_down();
}

static bool run_x3(void)
{
    static const struct script_thread threads[] = {{"munmap", split_thread}};
    static const struct script_step steps[] = {{"munmap", "munmap the end", 0}};

    set_up();
    PLAY(threads, steps);
    return stage_tear_down();
}

static bool run_x4(void)
{
    static const struct script_thread threads[] = {
        {"truncate", truncate_thread},
        {"munmap", munmap_thread},
    };
    static const struct script_step steps[] = {
        {"truncate", "ftruncate", 0},
        {"munmap", "munmap", SCRIPT_BLOCKS},
        {"truncate", "pte_offset_map_lock: table found", 0},
    };

    set_up();
    PLAY(threads, steps);
    stage_expect(stage_counted(COUNT_FREED_TABLE_LOOKS) > 0,
                 "a look into a freed table");
    return stage_tear_down();
}

static bool run_x5(void)
{
    static const struct script_thread threads[] = {
        {"reader", reader_thread},
        {"mprotect", mprotect_thread},
    };
    static const struct script_step steps[] = {
        {"reader", "read the flags", 0},
        {"mprotect", "mprotect", 0},
        {"reader", "read them again", 0},
    };

    set_up();
    PLAY(threads, steps);
    stage_expect(stage_counted(COUNT_FLAGS_MOVED) == 1,
                 "flags that moved under the VMA lock");
    return stage_tear_down();
}

static bool run_x6(void)
{
    static const struct script_thread threads[] = {
        {"downgrade", downgrade_thread},
        {"reader", vma_reader_thread},
    };
    static const struct script_step steps[] = {
        {"downgrade", "downgrade", 0},
        {"reader", "lock the VMA", 0},
        {"downgrade", "downgraded", 0},
    };

    set_up();
    PLAY(threads, steps);
    return stage_tear_down();
}

static bool run_x7(void)
{
    static const struct script_thread threads[] = {
        {"munmap", split_thread},
        {"reclaim", reclaim_thread},
    };
    static const struct script_step steps[] = {
        {"munmap", "munmap the end", 0},
        {"reclaim", "reclaim", 0},
    };

    set_up();
    PLAY(threads, steps);
    return stage_tear_down();
}

/* ---- the table ----------------------------------------------------------- */

static const struct scenario scenarios[] = {
    {"s0.ok-split", false, "silent", {.era = ERA_CURRENT}, run_x3},
    {"s0.ok-reclaim", false, "silent", {.era = ERA_CURRENT}, run_x7},
    {"s0.x1",
     true,
     "rule:R14 inversion:i_mmap_rwsem>vma_lock>fs_reclaim "
     "inversion:i_mmap_rwsem>vma_lock>folio_lock",
     {.era = ERA_CURRENT},
     run_x1},
    {"s0.x2", true, "rule:R16", {.era = ERA_CURRENT}, run_x2},
    {"s0.x3",
     true,
     "rule:R3",
     {.era = ERA_CURRENT, .range_changes_linked = true},
     run_x3},
    {"s0.x4",
     true,
     "rule:R18 rule:ptl",
     {.era = ERA_CURRENT, .tables_freed_first = true},
     run_x4},
    {"s0.x5",
     true,
     "rule:R4",
     {.era = ERA_CURRENT, .flags_under_read = true},
     run_x5},
    {"s0.x6", true, "rule:R9", {.era = ERA_CURRENT}, run_x6},
    {"s0.x7",
     true,
     "inversion:anon_vma>fs_reclaim",
     {.era = ERA_CURRENT, .clone_reclaims = true},
     run_x7},
};

const struct scenario_table s0_bug_scenarios = {scenarios, COUNT_OF(scenarios)};
