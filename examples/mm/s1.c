/* SPDX-License-Identifier: BSD-2-Clause */
/* s1.c: the scenarios of S1, the VMA sequence count of SPF v12 (patch 09/31).
 *
 * Four paths, in threads that all exist from the start to the end:
 *   adjust    __vma_adjust          mmap_lock -> seq -> i_mmap_rwsem, and
 *                                   seq -> fs_reclaim by anon_vma_clone
 *   mremap    move_vma              mmap_lock -> seq -> fs_reclaim
 *   reclaim   __alloc_pages         fs_reclaim -> i_mmap_rwsem, alone
 *   truncate  unmap_mapping_range   i_mmap_rwsem -> seq -> ptl
 * Annotated, these close exactly two cycles:
 *   C1  i_mmap_rwsem -> vm_sequence -> i_mmap_rwsem
 *   C2  i_mmap_rwsem -> vm_sequence -> fs_reclaim -> i_mmap_rwsem
 * The same VMA is adjusted, or moved to, and truncated later; no lock is held
 * by all of a cycle's threads: each cycle is real to a validator that grades.
 * Beside them the readers: `fault`, as SPF does it, while the count is odd,
 * while it changes and in peace; `rmap` under i_mmap_rwsem and `reclaim`'s
 * shrinker under fs_reclaim. All look once and never wait, which is what a
 * proof of the raw writes rests on; in x1 and x2 one of the last two waits.
 * Writes of one count never overlap here (R26 holds).
 *
 * One address space, one file of 20 pages, all mappings private:
 *   LOW, HOLE, HIGH  file pages 0-7, 8, 9-10: LOW is read, HIGH is written
 *   MOVED            file pages 11-13; 11 is written; goes to TARGET
 *   ANON             three anonymous pages */
#include "check.h"
#include "filemap.h"
#include "memory.h"
#include "mmap.h"
#include "page_alloc.h"
#include "rmap.h"
#include "scenario.h"
#include "script.h"
#include "vma.h"
#include "vmscan.h"

#define PAGES(n) ((n)*PAGE_SIZE)
#define LOW 0x100000UL
#define HOLE (LOW + PAGES(8))
#define HIGH (HOLE + PAGES(1))
#define MOVED 0x40000UL
#define TARGET 0x2000000UL
#define ANON 0x20000UL
#define FILE_PAGES 20
#define TRUNCATED_TO 4

/* All that a run has; one at a time. */
static struct {
    struct mm_struct *mm;
    struct inode *inode;
    struct page *eaten[256]; /* by the reclaim thread */
    size_t eaten_count;
    bool failed;
} s1;

/* A step went another way than the scenario needs. */
static void expect(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "mm: s1: expected: %s\n", what);
    s1.failed = true;
}

/* ---- the threads --------------------------------------------------------- */

/* Allocate until the next allocation must reclaim. */
static void eat_to_watermark(void)
{
    while (pool_free_pages() > pool_min_pages())
        s1.eaten[s1.eaten_count++] = __alloc_pages(GFP_KERNEL);
}

static void disgorge(void)
{
    while (s1.eaten_count > 0)
        put_page(s1.eaten[--s1.eaten_count]);
}

static noinline void allocate_under_pressure(void)
{
    struct page *page = __alloc_pages(GFP_KERNEL);

    expect(page != NULL, "direct reclaim frees pages");
    if (page != NULL)
        put_page(page);
}

/* A shrinker that asks whether a VMA is at rest. If it waited, fs_reclaim would
 * be held meanwhile, and a writer's allocation wants it: x2. */
static noinline void shrink_vma(void)
{
    struct vm_area_struct *vma = get_vma(s1.mm, LOW);

    expect(vma_is_at_rest(vma, variant.reclaim_reader_waits), "no writer");
    put_vma(vma);
}

static void reclaim_thread(void *unused)
{
    (void)unused;
    script_point("fill the pool");
    eat_to_watermark();
    script_point("reclaim");
    allocate_under_pressure();
    disgorge();
    script_point("shrink");
    eat_to_watermark();
    register_shrinker(shrink_vma);
    allocate_under_pressure();
    register_shrinker(NULL);
    disgorge();
}

/* Fill the hole, so that LOW swallows it and HIGH, and with HIGH's pages its
 * anon_vma. */
static void adjust_thread(void *unused)
{
    (void)unused;
    script_point("mmap");
    expect(vm_mmap(s1.mm, HOLE, PAGES(1), VM_READ | VM_WRITE, s1.inode, 8) == 0,
           "the hole is mapped");
}

static void fault_thread(void *unused)
{
    (void)unused;
    script_point("fault, the count is odd");
    expect(do_page_fault(s1.mm, LOW, false) == FAULT_DONE, "a file page");
    script_point("fault, the count changes");
    expect(do_page_fault(s1.mm, ANON, true) == FAULT_DONE, "a fallback");
    script_point("fault in peace");
    expect(do_page_fault(s1.mm, ANON + PAGES(1), true) == FAULT_DONE,
           "a speculative fault");
}

static void madvise_thread(void *unused)
{
    (void)unused;
    script_point("madvise");
    expect(vm_madvise_dontneed(s1.mm, ANON, PAGES(3)) == 0, "pages dropped");
}

static void mremap_thread(void *unused)
{
    (void)unused;
    script_point("mremap");
    expect(vm_mremap(s1.mm, MOVED, TARGET) == 0, "a VMA moved");
}

static void rmap_thread(void *unused)
{
    struct page *page;

    (void)unused;
    script_point("page_referenced");
    page = filemap_fault(s1.inode, 0);
    if (page == NULL)
        return; /* truncated: nobody takes turns */
    expect(page_referenced(page) == 1, "LOW maps page 0");
    unlock_page(page);
    put_page(page);
}

static void truncate_thread(void *unused)
{
    (void)unused;
    script_point("ftruncate");
    do_truncate(s1.inode, TRUNCATED_TO);
}

/* ---- the script ---------------------------------------------------------- */

/* The fault that finds the count odd sleeps on mmap_lock, hence BLOCKS, until
 * adjust lets go of it. */
/* clang-format off */
static const struct script_step steps[] = {
    {"reclaim", "fill the pool", 0},
    {"adjust", "mmap", 0},
    {"fault", "fault, the count is odd", SCRIPT_BLOCKS},
    {"reclaim", "reclaim", 0},
    {"adjust", "anon_vma_clone: GFP_NOWAIT failed", 0},
    {"fault", "fault, the count changes", 0},
    {"madvise", "madvise", 0},
    {"fault", "handle_speculative_fault: before the commit", 0},
    {"fault", "fault in peace", 0},
    {"mremap", "mremap", 0},
    {"rmap", "page_referenced", 0},
    {"reclaim", "shrink", 0},
    {"truncate", "ftruncate", 0},
};

static const struct script_thread threads[] = {
    {"reclaim", reclaim_thread},
    {"adjust", adjust_thread},
    {"fault", fault_thread},
    {"madvise", madvise_thread},
    {"mremap", mremap_thread},
    {"rmap", rmap_thread},
    {"truncate", truncate_thread},
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct script script = {threads, COUNT(threads), steps,
                                     COUNT(steps)};

/* ---- before and after ---------------------------------------------------- */

static void map(unsigned long start, unsigned long pages, struct inode *file,
                unsigned long pgoff)
{
    expect(vm_mmap(s1.mm, start, PAGES(pages), VM_READ | VM_WRITE, file,
                   pgoff) == 0,
           "a mapping");
}

static void touch(unsigned long start, unsigned long pages, bool write)
{
    for (unsigned long i = 0; i < pages; i++)
        expect(do_page_fault(s1.mm, start + PAGES(i), write) == FAULT_DONE,
               "a page");
}

static void set_up(void)
{
    s1.mm = mm_alloc();
    s1.inode = new_inode(FILE_PAGES);
    map(LOW, 8, s1.inode, 0);
    map(HIGH, 2, s1.inode, 9);
    map(MOVED, 3, s1.inode, 11);
    map(ANON, 3, NULL, 0);
    touch(LOW, 8, false);
    touch(HIGH, 2, true);
    touch(MOVED, 3, false);
    touch(MOVED, 1, true);
    touch(ANON + PAGES(2), 1, true);
}

static bool nothing_mapped_past_the_end(void)
{
    for (size_t pfn = 0; pfn < pool_total_pages(); pfn++) {
        struct page *page = pool_page(pfn);

        if (page->mapcount > 0 && page_mapping(page) == &s1.inode->i_data &&
            page->index >= TRUNCATED_TO)
            return false;
    }
    return true;
}

/* What the threads did to the address space, and that it is sound. */
static void check_outcome(void)
{
    struct vm_area_struct *low = find_vma(s1.mm, LOW);
    struct vm_area_struct *moved = find_vma(s1.mm, TARGET);

    expect(low->vm_end == HIGH + PAGES(2), "LOW, HOLE and HIGH are one VMA");
    expect(low->anon_vma != NULL, "LOW has HIGH's anon_vma");
    expect(moved != NULL && moved->vm_start == TARGET, "a VMA at TARGET");
    expect(find_vma(s1.mm, MOVED) == low, "no VMA at MOVED");
    expect(nothing_mapped_past_the_end(), "no PTE past the end of the file");
    expect(check_all(&s1.mm, 1, &s1.inode, 1), "sound data");
}

static void tear_down(void)
{
    mmput(s1.mm);
    iput(s1.inode);
    expect(check_no_leak(), "every page is free again");
}

static bool run_s1(void)
{
    set_up();
    expect(check_all(&s1.mm, 1, &s1.inode, 1), "sound data before the run");
    script_run(&script, NULL);
    check_outcome();
    tear_down();
    return !s1.failed;
}

/* ---- the table ----------------------------------------------------------- */

#define C1 "inversion:i_mmap_rwsem>vm_sequence"
#define C2 "inversion:i_mmap_rwsem>vm_sequence>fs_reclaim"

static const struct scenario scenarios[] = {
    {"s1.annotated", true, C1 " " C2, {.adjust_raw = false}, run_s1},
    {"s1.raw-adjust", true, C2, {.adjust_raw = true}, run_s1},
    {"s1.raw-both",
     false,
     "proved:vm_sequence",
     {.adjust_raw = true, .move_raw = true},
     run_s1},
    {"s1.x1",
     true,
     "refuted:vm_sequence",
     {.adjust_raw = true, .move_raw = true, .rmap_reader_waits = true},
     run_s1},
    {"s1.x2",
     true,
     "refuted:vm_sequence",
     {.adjust_raw = true, .move_raw = true, .reclaim_reader_waits = true},
     run_s1},
};

const struct scenario_table s1_scenarios = {scenarios, COUNT(scenarios)};
