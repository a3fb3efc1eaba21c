/* SPDX-License-Identifier: BSD-2-Clause */
/* s1_waits.c: S1 x3, x4, x9: waits that the raw writes do not survive, or that
 * the speculative fault does not; and one wait that harms nobody.
 *
 *   x3  the speculative fault, interrupts off, waits for a writer, who flushes
 *       TLBs in mid-write and so waits for interrupts: seq -> irqs_off -> seq
 *   x9  it waits for the PTL, whose holder flushes TLBs: ptl -> irqs_off -> ptl
 * Both along with a madvise that zaps more than one batch.
 *
 *   x4  an rmap walker under i_mmap_rwsem looks at a count "once", in a loop:
 *       it waits like read_seqcount_begin, though nothing says so
 *   ok-spinner  a reader waits and holds nothing: no cycle
 * These two run along with __vma_adjust (seq -> i_mmap_rwsem, kept out of the
 * order by its raw writes), move_vma and unmap_mapping_range (i_mmap_rwsem ->
 * seq).
 *
 * One file of 16 pages, private mappings:
 *   LOW, HOLE, HIGH  file pages 0-1, 2, 3-4;  MOVED  file page 8 */
#include "filemap.h"
#include "mmap.h"
#include "page_alloc.h"
#include "rmap.h"
#include "scenario.h"
#include "script.h"
#include "stage.h"
#include "vma.h"

#define LOW 0x100000UL
#define HOLE (LOW + PAGES(2))
#define HIGH (HOLE + PAGES(1))
#define MOVED 0x40000UL
#define TARGET 0x2000000UL
#define MOVED_PAGE 8

/* ---- the threads --------------------------------------------------------- */

static void adjust_thread(void *unused)
{
    (void)unused;
    script_point("mmap");
    stage_map(HOLE, 1, stage.inode, 2);
}

static void mremap_thread(void *unused)
{
    (void)unused;
    script_point("mremap");
    stage_expect(vm_mremap(stage.mm, MOVED, TARGET) == 0, "a VMA moved");
}

static void rmap_thread(void *unused)
{
    struct page *page;

    (void)unused;
    script_point("page_referenced");
    page = filemap_fault(stage.inode, MOVED_PAGE);
    if (page == NULL)
        return; /* truncated: nobody takes turns */
    page_referenced(page);
    unlock_page(page);
    put_page(page);
}

static void spinner_thread(void *unused)
{
    struct vm_area_struct *vma;

    (void)unused;
    script_point("read_seqcount_begin");
    vma = get_vma(stage.mm, LOW);
    stage_expect(vma_is_at_rest(vma, true), "a VMA at rest");
    put_vma(vma);
}

static void truncate_thread(void *unused)
{
    (void)unused;
    script_point("ftruncate");
    do_truncate(stage.inode, 1);
}

/* ---- x3 and x9 ----------------------------------------------------------- */

#define BATCH (MMU_GATHER_PAGES + 1)

static void fault_thread(void *unused)
{
    (void)unused;
    script_point("fault");
    stage_touch(LOW + PAGES(BATCH), 1, true);
}

static void madvise_thread(void *unused)
{
    (void)unused;
    script_point("madvise");
    stage_expect(vm_madvise_dontneed(stage.mm, LOW, PAGES(BATCH)) == 0,
                 "pages dropped");
}

/* One after the other: what would hang is never tried. */
/* clang-format off */
static const struct script_thread x3_threads[] = {
    {"fault", fault_thread},
    {"madvise", madvise_thread},
};

static const struct script_step x3_steps[] = {
    {"fault", "fault", 0},
    {"madvise", "madvise", 0},
};
/* clang-format on */

static bool run_x3(void)
{
    static const struct script script = {x3_threads, COUNT_OF(x3_threads),
                                         x3_steps, COUNT_OF(x3_steps)};

    stage_set_up(0);
    stage_map(LOW, BATCH + 1, NULL, 0);
    stage_touch(LOW, BATCH, true);
    script_run(&script, NULL);
    stage_expect(stage_counted(COUNT_SPECULATED) == BATCH,
                 "speculative faults, but for the first");
    return stage_tear_down();
}

/* ---- x4 and the spinner -------------------------------------------------- */

/* clang-format off */
static const struct script_thread x4_threads[] = {
    {"adjust", adjust_thread},
    {"mremap", mremap_thread},
    {"rmap", rmap_thread},
    {"truncate", truncate_thread},
};

/* The source of the move is odd when the walker comes to it; that writer wants
 * no i_mmap_rwsem before it is even again, so this time it ends well: munmap
 * then waits for the walker. */
static const struct script_step x4_steps[] = {
    {"adjust", "mmap", 0},
    {"mremap", "mremap", 0},
    {"rmap", "page_referenced", 0},
    {"mremap", "move_ptes: under way", SCRIPT_BLOCKS},
    {"rmap", "page_referenced: still odd", 0},
    {"truncate", "ftruncate", 0},
};

static const struct script_thread spinner_threads[] = {
    {"adjust", adjust_thread},
    {"mremap", mremap_thread},
    {"spinner", spinner_thread},
    {"truncate", truncate_thread},
};

static const struct script_step spinner_steps[] = {
    {"adjust", "mmap", 0},
    {"mremap", "mremap", 0},
    {"spinner", "read_seqcount_begin", 0},
    {"truncate", "ftruncate", 0},
};
/* clang-format on */

static bool run_four_paths(const struct script *script)
{
    stage_set_up(16);
    stage_map(LOW, 2, stage.inode, 0);
    stage_map(HIGH, 2, stage.inode, 3);
    stage_map(MOVED, 1, stage.inode, MOVED_PAGE);
    stage_touch(LOW, 2, false);
    stage_touch(HIGH, 1, true);
    stage_touch(MOVED, 1, false);
    script_run(script, NULL);
    stage_expect(stage_counted(COUNT_MERGES) == 1, "one VMA of three");
    return stage_tear_down();
}

static bool run_x4(void)
{
    static const struct script script = {x4_threads, COUNT_OF(x4_threads),
                                         x4_steps, COUNT_OF(x4_steps)};

    return run_four_paths(&script);
}

static bool run_spinner(void)
{
    static const struct script script = {
        spinner_threads, COUNT_OF(spinner_threads), spinner_steps,
        COUNT_OF(spinner_steps)};

    return run_four_paths(&script);
}

/* ---- the table ----------------------------------------------------------- */

static const struct scenario scenarios[] = {
    {"s1.ok-irqs-off", false, "silent", {.adjust_raw = false}, run_x3},
    {"s1.x3",
     true,
     "wait-inversion:irqs_off>vm_sequence",
     {.spf_waits_for_writer = true},
     run_x3},
    {"s1.x9",
     true,
     "wait-inversion:irqs_off>ptl rule:R24",
     {.spf_spins_on_ptl = true},
     run_x3},
    {"s1.ok-spinner",
     false,
     "proved:vm_sequence",
     {.adjust_raw = true, .move_raw = true},
     run_spinner},
    {"s1.x4",
     true,
     "refuted:vm_sequence",
     {.adjust_raw = true, .move_raw = true, .rmap_reader_loops = true},
     run_x4},
};

const struct scenario_table s1_wait_scenarios = {scenarios,
                                                 COUNT_OF(scenarios)};
