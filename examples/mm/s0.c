/* SPDX-License-Identifier: BSD-2-Clause */
/* s0.c: what the documentation of VMA locks (S0, process_addrs) allows, and
 * that everything else is told.
 *
 * The matrix: each way to hold mmap_lock, the VMA lock and the rmap locks of
 * one private file mapping, against what it is good for:
 *   stable, read     any of them            traverse, zap   the same
 *   write most       mmap_lock W + VMA W    install         mmap_lock or VMA
 *   write all        …+ both rmap locks W   free tables     see free_tables
 * s0.ok does in each cell all that is allowed there; s0.forbidden says in each
 * cell that it does the rest (and does not). Free: with and without downgrade,
 * after the VMA left its tree and both rmaps. One thread: there are no orders
 * to be found here.
 *
 * S0 has "modifying an existing" mapping under install; as its review says,
 * clearing accessed bits and migration entries are locked like a zap. */
#include "filemap.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "rules.h"
#include "scenario.h"
#include "stage.h"
#include "vma.h"
#include "vma_lock.h"

/* Alone in its table. The first page is written, hence an anon_vma; the second
 * comes and goes. */
#define AREA 0x400000UL
#define SPARE (AREA + PAGES(1))
#define AREA_PAGES 4

enum hold { NONE, READ, WRITE };
enum rmap { NO_RMAP, FILE_R, FILE_W, ANON_R, ANON_W, BOTH_W };

struct cell {
    enum hold mm, vma;
    enum rmap rmap;
};

static bool is_stable(const struct cell *cell)
{
    return cell->mm != NONE || cell->vma != NONE || cell->rmap != NO_RMAP;
}

static bool may_install(const struct cell *cell)
{
    return cell->mm != NONE || cell->vma != NONE;
}

static bool may_write_most(const struct cell *cell)
{
    return cell->mm == WRITE && cell->vma == WRITE;
}

static bool may_write_all(const struct cell *cell)
{
    return may_write_most(cell) && cell->rmap == BOTH_W;
}

/* ---- entering a cell ----------------------------------------------------- */

static struct vm_area_struct *take_mm_and_vma(const struct cell *cell)
{
    struct vm_area_struct *vma;

    if (cell->mm == NONE)
        return cell->vma == READ ? lock_vma_under_rcu(stage.mm, AREA) : NULL;
    if (cell->mm == READ)
        mmap_read_lock(stage.mm);
    else
        mmap_write_lock(stage.mm);
    vma = find_vma(stage.mm, AREA);
    if (cell->vma == READ)
        vma_start_read_locked(vma);
    else if (cell->vma == WRITE)
        vma_start_write(vma);
    return vma;
}

static void take_rmap(enum rmap rmap, struct anon_vma *anon_vma)
{
    if (rmap == FILE_R)
        i_mmap_lock_read(&stage.inode->i_data);
    if (rmap == FILE_W || rmap == BOTH_W)
        i_mmap_lock_write(&stage.inode->i_data);
    if (rmap == ANON_R)
        down_read(&anon_vma->root->rwsem);
    if (rmap == ANON_W || rmap == BOTH_W)
        anon_vma_lock_write(anon_vma);
}

/* The VMA as the rmap lock's own tree knows it. */
static struct vm_area_struct *find_by_rmap(enum rmap rmap,
                                           struct anon_vma *anon_vma)
{
    if (rmap == NO_RMAP)
        return NULL;
    if (rmap == ANON_R || rmap == ANON_W)
        return anon_vma_interval_tree_next(anon_vma, NULL, 0)->vma;
    return vma_interval_tree_next(&stage.inode->i_data, NULL, 0, 0);
}

static struct vm_area_struct *enter(const struct cell *cell,
                                    struct anon_vma *anon_vma)
{
    struct vm_area_struct *vma = take_mm_and_vma(cell);

    take_rmap(cell->rmap, anon_vma);
    return vma != NULL ? vma : find_by_rmap(cell->rmap, anon_vma);
}

static void leave(const struct cell *cell, struct vm_area_struct *vma)
{
    struct address_space *mapping = &stage.inode->i_data;

    if (cell->rmap == ANON_W || cell->rmap == BOTH_W)
        anon_vma_unlock_write(vma->anon_vma);
    if (cell->rmap == ANON_R)
        up_read(&vma->anon_vma->root->rwsem);
    if (cell->rmap == FILE_W || cell->rmap == BOTH_W)
        i_mmap_unlock_write(mapping);
    if (cell->rmap == FILE_R)
        i_mmap_unlock_read(mapping);
    if (cell->vma == READ)
        vma_end_read(vma);
    if (cell->mm == READ)
        mmap_read_unlock(stage.mm);
    if (cell->mm == WRITE)
        mmap_write_unlock(stage.mm);
}

/* ---- what a cell allows -------------------------------------------------- */

static noinline void traverse(struct vm_area_struct *vma)
{
    vma_operation("read_vma", vma, NULL);
    stage_expect(vma->vm_start == AREA, "the area's VMA");
    stage_expect(PageAnon(pte_page(follow_pte(vma, AREA))), "a written page");
}

static noinline void zap(struct vm_area_struct *vma)
{
    zap_page_range_single(vma, SPARE, PAGE_SIZE, NULL);
    stage_expect(follow_pte(vma, SPARE) == 0, "a page zapped");
}

/* Takes over the caller's reference. */
static noinline void install(struct vm_area_struct *vma, struct page *page)
{
    stage_expect(map_new_page(vma, SPARE, page, false), "a page mapped");
}

static noinline void write_most(struct vm_area_struct *vma)
{
    vma_operation("write_vma_most", vma, NULL);
    vma_operation("write_vm_flags", vma, NULL);
    WRITE_ONCE(vma->vm_flags, vma->vm_flags);
}

static noinline void write_all(struct vm_area_struct *vma)
{
    struct address_space *mapping = &vma->vm_file->i_data;

    vma_interval_tree_remove(vma);
    vma_operation("write_vma_all", vma, NULL);
    vma_operation("set_vm_range", vma, NULL);
    vma_operation("set_vm_range_file", vma, NULL);
    vma_operation("set_vm_range_anon", vma, NULL);
    WRITE_ONCE(vma->vm_start, vma->vm_start);
    vma_interval_tree_insert(vma, mapping);
}

/* A page of the file, referenced. */
static struct page *file_page(void)
{
    struct page *page = filemap_fault(stage.inode, 1);

    unlock_page(page);
    return page;
}

static void do_what_is_allowed(const struct cell *cell,
                               struct vm_area_struct *vma, struct page *page)
{
    traverse(vma);
    zap(vma);
    if (may_install(cell))
        install(vma, page);
    if (may_write_most(cell))
        write_most(vma);
    if (may_write_all(cell))
        write_all(vma);
}

static void run_allowed(const struct cell *cell, struct anon_vma *anon_vma)
{
    struct page *page;
    struct vm_area_struct *vma;

    if (!is_stable(cell))
        return;
    stage_touch(SPARE, 1, false);
    page = file_page();
    vma = enter(cell, anon_vma);
    do_what_is_allowed(cell, vma, page);
    leave(cell, vma);
    if (!may_install(cell))
        put_page(page);
}

/* ---- what it forbids ----------------------------------------------------- */

static noinline void say_zap(struct vm_area_struct *vma, bool locked)
{
    spinlock_t *ptl;
    pte_t *pte = pte_offset_map_lock(vma->vm_mm, AREA, &ptl);

    if (locked)
        vma_operation("zap_pte", vma, ptl);
    pte_unmap_unlock(pte, ptl);
    if (!locked)
        vma_operation("zap_pte", vma, ptl);
}

static noinline void say_forbidden(const struct cell *cell,
                                   struct vm_area_struct *vma)
{
    if (!is_stable(cell)) {
        vma_operation("read_vma", vma, NULL);
        vma_operation("traverse", vma, NULL);
    }
    say_zap(vma, !is_stable(cell)); /* no stabiliser, or no PTL */
    if (!may_install(cell))
        vma_operation("install_pte", vma, NULL);
    if (!may_write_most(cell))
        vma_operation("write_vma_most", vma, NULL);
    if (!may_write_all(cell))
        vma_operation("write_vma_all", vma, NULL);
    vma_operation("free_tables", vma, NULL); /* it is linked everywhere */
}

static void run_forbidden(const struct cell *cell, struct anon_vma *anon_vma)
{
    struct vm_area_struct *at_rest = find_vma(stage.mm, AREA);
    struct vm_area_struct *vma = enter(cell, anon_vma);

    say_forbidden(cell, vma != NULL ? vma : at_rest);
    leave(cell, vma);
}

/* ---- the matrix ---------------------------------------------------------- */

static void each_cell(void (*run)(const struct cell *, struct anon_vma *))
{
    struct anon_vma *anon_vma = find_vma(stage.mm, AREA)->anon_vma;

    for (int mm = NONE; mm <= WRITE; mm++)
        for (int vma = NONE; vma <= (mm == WRITE ? WRITE : READ); vma++)
            for (int rmap = NO_RMAP; rmap <= BOTH_W; rmap++) {
                struct cell cell = {(enum hold)mm, (enum hold)vma,
                                    (enum rmap)rmap};

                run(&cell, anon_vma);
            }
}

static void set_up(void)
{
    stage_set_up(8);
    stage_map(AREA, AREA_PAGES, stage.inode, 0);
    stage_touch(AREA, 1, true);
}

static bool run_ok(void)
{
    set_up();
    each_cell(run_allowed);
    /* With a downgrade: nobody next to the hole grows. */
    stage_expect(vm_munmap(stage.mm, AREA + PAGES(2), PAGES(2)) == 0, "a hole");
    /* Without: someone does. */
    stage_expect(vm_mmap(stage.mm, AREA + PAGES(2), PAGES(1),
                         VM_READ | VM_WRITE | VM_GROWSDOWN, NULL, 0) == 0,
                 "a stack");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(2)) == 0, "the area is gone");
    stage_expect(stage_counted(COUNT_PTES_LOST) == 0, "no PTE lost");
    return stage_tear_down();
}

static bool run_all_forbidden(void)
{
    set_up();
    each_cell(run_forbidden);
    return stage_tear_down();
}

/* ---- the table ----------------------------------------------------------- */

static const struct scenario scenarios[] = {
    {"s0.ok", false, "silent", {.era = ERA_CURRENT}, run_ok},
    {"s0.forbidden",
     true,
     "rule:R1 rule:R2 rule:R12 rule:R15 rule:R16 rule:R17 rule:R18",
     {.era = ERA_CURRENT},
     run_all_forbidden},
};

const struct scenario_table s0_scenarios = {scenarios, COUNT_OF(scenarios)};
