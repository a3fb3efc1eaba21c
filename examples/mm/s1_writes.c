/* SPDX-License-Identifier: BSD-2-Clause */
/* s1_writes.c: S1 x5–x8: writes of a sequence count that do not keep what it
 * asks of them, each with the damage that readers then see.
 *
 *   x5  two writers at once: madvise under mmap_lock R, truncate under i_mmap:
 *       the count is even in mid-write and a torn read passes (R26)
 *   x5-adjust  SPF v12 as posted: __vma_adjust opens the count of the VMA that
 *       comes next, under mmap_lock W, while a truncate writes it under i_mmap
 *   x6  a write begun inside a write of the same count (R27)
 *   x7  SPF v12's __vma_adjust returns with its counts odd where
 *       anon_vma_clone has no memory (R27)
 *   x8  move_vma ends both writes before the entries have moved: a speculative
 *       fault finds the destination at rest and empty (R29)
 * Writes are raw where the patch has them raw. */
#include "filemap.h"
#include "mmap.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "scenario.h"
#include "script.h"
#include "stage.h"
#include "vma.h"

/* Two pages on either side of a table's end: a zap takes two steps. */
#define STRADDLE (0x400000UL - PAGE_SIZE)
#define ANON 0x100000UL
#define TARGET 0x2000000UL

static pte_t *pte_of(unsigned long address)
{
    return pte_offset(pmd_table(stage.mm, address), address);
}

static bool is_present(unsigned long address)
{
    return pte_get(pte_of(address)) & PTE_PRESENT;
}

static unsigned long *content(unsigned long address)
{
    return page_address(pte_page(pte_get(pte_of(address))));
}

/* ---- x5 ------------------------------------------------------------------ */

static void madvise_thread(void *unused)
{
    (void)unused;
    script_point("madvise");
    stage_expect(vm_madvise_dontneed(stage.mm, STRADDLE, PAGES(2)) == 0,
                 "pages dropped");
}

static void truncate_thread(void *unused)
{
    (void)unused;
    script_point("ftruncate");
    do_truncate(stage.inode, 0);
}

/* What handle_speculative_fault does with a pmd and a pte, here with two
 * entries: both were there, or neither. */
static noinline void read_both(void)
{
    struct vm_area_struct *vma = get_vma(stage.mm, STRADDLE);
    unsigned sequence = raw_read_seqcount(&vma->vm_sequence);
    bool first = is_present(STRADDLE);
    bool second = is_present(STRADDLE + PAGE_SIZE);

    if (sequence % 2 == 0 &&
        !read_seqcount_retry(&vma->vm_sequence, sequence) && first != second)
        count(COUNT_TORN_READS);
    put_vma(vma);
}

static void reader_thread(void *unused)
{
    (void)unused;
    script_point("between the tables");
    read_both();
    script_point("inside both writes");
    read_both();
}

/* clang-format off */
static const struct script_thread x5_threads[] = {
    {"madvise", madvise_thread},
    {"truncate", truncate_thread},
    {"reader", reader_thread},
};

/* The reader comes twice: while one writer is inside, and while both are. */
static const struct script_step x5_steps[] = {
    {"madvise", "madvise", 0},
    {"reader", "between the tables", 0},
    {"truncate", "ftruncate", 0},
    {"reader", "inside both writes", 0},
    {"truncate", "unmap_page_range: a table is done", 0},
    {"madvise", "unmap_page_range: a table is done", 0},
};
/* clang-format on */

static const struct script x5_script = {x5_threads, COUNT_OF(x5_threads),
                                        x5_steps, COUNT_OF(x5_steps)};

static bool run_x5(void)
{
    stage_set_up(2);
    stage_map(STRADDLE, 2, stage.inode, 0);
    stage_touch(STRADDLE, 2, false);
    script_run(&x5_script, NULL);
    stage_expect(stage_counted(COUNT_TORN_READS) == 1,
                 "one torn read: the count was even in mid-write");
    return stage_tear_down();
}

/* ---- x5-adjust ----------------------------------------------------------- */

/* Right before the file's VMA, an anonymous one gets a page longer. */
static void adjust_thread(void *unused)
{
    (void)unused;
    script_point("mmap");
    stage_map(STRADDLE - PAGES(2), 1, NULL, 0);
}

/* clang-format off */
static const struct script_thread x5_adjust_threads[] = {
    {"adjust", adjust_thread},
    {"truncate", truncate_thread},
};

static const struct script_step x5_adjust_steps[] = {
    {"adjust", "mmap", 0},
    {"truncate", "ftruncate", 0},
    {"adjust", "__vma_adjust: the counts are odd", 0},
};
/* clang-format on */

static bool run_x5_adjust(void)
{
    static const struct script script = {
        x5_adjust_threads, COUNT_OF(x5_adjust_threads), x5_adjust_steps,
        COUNT_OF(x5_adjust_steps)};

    stage_set_up(2);
    stage_map(STRADDLE, 2, stage.inode, 0);
    stage_map(STRADDLE - PAGES(3), 1, NULL, 0);
    stage_touch(STRADDLE, 2, false);
    script_run(&script, NULL);
    stage_expect(stage_counted(COUNT_MERGES) == 1, "one VMA of two");
    return stage_tear_down();
}

/* ---- x6 ------------------------------------------------------------------ */

static bool run_x6(void)
{
    stage_set_up(0);
    stage_map(ANON, 2, NULL, 0);
    stage_touch(ANON, 2, true);
    stage_expect(vm_madvise_dontneed(stage.mm, ANON, PAGES(2)) == 0,
                 "pages dropped");
    return stage_tear_down();
}

/* ---- x7 ------------------------------------------------------------------ */

/* A hole between two anonymous VMAs is filled: the first swallows the second
 * and needs its anon_vma. Nothing here can be reclaimed. */
static void fail_to_merge(void)
{
    stage_fill_pool();
    stage_expect(vm_mmap(stage.mm, ANON + PAGES(1), PAGES(1),
                         VM_READ | VM_WRITE, NULL, 0) != 0,
                 "no memory for the chain");
    stage_drain_pool();
}

/* Is the VMA's count odd, while nobody writes? */
static bool left_odd(unsigned long address)
{
    struct vm_area_struct *vma = get_vma(stage.mm, address);
    bool odd = !vma_is_at_rest(vma, false);

    put_vma(vma);
    return odd;
}

/* The end that is missing, so that the stage can be cleared. */
static void end_write(unsigned long address)
{
    struct vm_area_struct *vma = get_vma(stage.mm, address);

    vm_raw_write_end(vma);
    put_vma(vma);
}

static bool run_x7(void)
{
    stage_set_up(0);
    stage_map(ANON, 1, NULL, 0);
    stage_map(ANON + PAGES(2), 1, NULL, 0);
    stage_touch(ANON + PAGES(2), 1, true);
    fail_to_merge();
    stage_expect(left_odd(ANON) && left_odd(ANON + PAGES(2)), "odd for ever");
    /* The next write begins inside the one that never ended. */
    vm_madvise_dontneed(stage.mm, ANON + PAGES(2), PAGES(1));
    end_write(ANON);
    end_write(ANON + PAGES(2));
    return stage_tear_down();
}

/* ---- x8 ------------------------------------------------------------------ */

static void mremap_thread(void *unused)
{
    (void)unused;
    script_point("mremap");
    stage_expect(vm_mremap(stage.mm, ANON, TARGET) == 0, "a VMA moved");
}

static void fault_thread(void *unused)
{
    (void)unused;
    script_point("fault");
    stage_expect(do_page_fault(stage.mm, TARGET, true) == FAULT_DONE,
                 "a page at the destination");
    *content(TARGET) = 43;
}

/* clang-format off */
static const struct script_thread x8_threads[] = {
    {"mremap", mremap_thread},
    {"fault", fault_thread},
};

static const struct script_step x8_steps[] = {
    {"mremap", "mremap", 0},
    {"fault", "fault", 0},
    {"mremap", "move_vma: the counts are even", 0},
};
/* clang-format on */

static const struct script x8_script = {x8_threads, COUNT_OF(x8_threads),
                                        x8_steps, COUNT_OF(x8_steps)};

static bool run_x8(void)
{
    stage_set_up(0);
    stage_map(ANON, 1, NULL, 0);
    stage_touch(ANON, 1, true);
    *content(ANON) = 42;
    script_run(&x8_script, NULL);
    stage_expect(*content(TARGET) == 42, "the moved page");
    stage_expect(stage_counted(COUNT_LOST_PAGES) == 1,
                 "what was written meanwhile is lost");
    return stage_tear_down();
}

/* ---- the table ----------------------------------------------------------- */

static const struct scenario scenarios[] = {
    {"s1.x5", true, "seqcount:R26:vm_sequence", {.adjust_raw = true}, run_x5},
    {"s1.x5-adjust",
     true,
     "seqcount:R26:vm_sequence",
     {.adjust_raw = true, .move_raw = true},
     run_x5_adjust},
    {"s1.x6",
     true,
     "seqcount:R27:vm_sequence",
     {.adjust_raw = true, .madvise_nests = true},
     run_x6},
    {"s1.x7",
     true,
     "seqcount:R27:vm_sequence",
     {.adjust_raw = true, .move_raw = true, .adjust_leaves_odd = true},
     run_x7},
    {"s1.x8",
     true,
     "rule:R29",
     {.adjust_raw = true, .move_raw = true, .move_ends_early = true},
     run_x8},
};

const struct scenario_table s1_write_scenarios = {scenarios,
                                                  COUNT_OF(scenarios)};
