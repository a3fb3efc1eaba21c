/* SPDX-License-Identifier: BSD-2-Clause */
/* s3.c: the scenarios of S3: when a fault under the VMA lock asks whether the
 * VMA has an anon_vma, and what each answer costs.
 *
 * s3.ok measures cost: V VMAs, R read faults in each, then W write faults in
 * each, one thread, nobody else: how many of them fall back to mmap_lock?
 *   early check, anonymous VMAs   all reads and the first write of anonymous
 *                                 ones, the first write of private files
 *   early check, all private      the same of both: private text, which nobody
 *                                 ever writes, falls back for ever
 *   delayed check and trylock     none
 * then the ways that are right: userfaultfd's fallback, a contended trylock.
 *   x1  anon_vma_prepare under the VMA lock alone: neighbours may change
 *   x2  it waits for mmap_lock there: mmap_lock -> vma_lock -> mmap_lock
 *   x3  the check comes before vma_start_read: of another VMA, by then
 *   x4  the VMA is used after FAULT_RETRY has dropped its lock
 *   x5  userfaultfd fills a private mapping and does not ask
 * x1 breaks R5 as well as R7: anon_vma is set without mmap_lock. */
#include "memory.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "scenario.h"
#include "script.h"
#include "stage.h"
#include "userfaultfd.h"
#include "variant.h"
#include "vma.h"

#define V 8
#define R 3
#define FIRST 0x400000UL
#define STRIDE 0x40000UL /* a table each */
#define AREA FIRST

static unsigned long vma_number(unsigned long i)
{
    return FIRST + i * STRIDE;
}

/* ---- the cost ------------------------------------------------------------ */

/* The fallbacks of V VMAs, each read R times and then written `writes` times,
 * always another page; `file` tells which kind they are. */
static unsigned long count_fallbacks(enum anon_check check, bool file,
                                     unsigned long writes)
{
    unsigned long fallbacks;

    variant.anon_check = check; /* no other thread runs */
    stage_set_up(R);
    for (unsigned long i = 0; i < V; i++)
        stage_map(vma_number(i), R, file ? stage.inode : NULL, 0);
    for (unsigned long i = 0; i < V; i++)
        stage_touch(vma_number(i), R, false);
    for (unsigned long i = 0; i < V; i++)
        stage_touch(vma_number(i), writes, true);
    fallbacks = stage_counted(COUNT_FELL_BACK);
    stage_expect(stage_tear_down(), "a sound address space");
    return fallbacks;
}

struct row {
    const char *name;
    enum anon_check check;
    unsigned long anon, file; /* what S3 derives */
};

static bool measure(const struct row *row)
{
    unsigned long anon = count_fallbacks(row->check, false, 1);
    unsigned long file = count_fallbacks(row->check, true, 1);

    printf("%-32s %9lu %12lu\n", row->name, anon, file);
    /* More writes cost nothing more: the first has made the anon_vma. */
    return anon == row->anon && file == row->file &&
           count_fallbacks(row->check, false, R) == anon &&
           count_fallbacks(row->check, true, R) == file;
}

/* Text is never written, so the early check turns every fault away, for ever:
 * faults after a reclaim, say, as here after madvise. */
static unsigned long count_text_fallbacks(enum anon_check check)
{
    unsigned long fallbacks;

    variant.anon_check = check;
    stage_set_up(R);
    stage_expect(vm_mmap(stage.mm, AREA, PAGES(R), VM_READ, stage.inode, 0) ==
                     0,
                 "a mapping of text");
    for (int again = 0; again < 3; again++) {
        stage_touch(AREA, R, false);
        stage_expect(vm_madvise_dontneed(stage.mm, AREA, PAGES(R)) == 0,
                     "pages dropped");
    }
    fallbacks = stage_counted(COUNT_FELL_BACK);
    stage_expect(stage_tear_down(), "a sound address space");
    return fallbacks;
}

static bool run_table(void)
{
    static const struct row rows[] = {
        {"early check, anonymous VMAs", ANON_CHECK_EARLY_ANON, V * (R + 1), V},
        {"early check, all private VMAs", ANON_CHECK_EARLY_PRIVATE, V * (R + 1),
         V * (R + 1)},
        {"delayed check and trylock", ANON_CHECK_TRYLOCK, 0, 0},
    };
    bool same = true;

    printf("mmap_lock fallbacks: %d VMAs, %d reads each, then writes\n", V, R);
    printf("%-32s %9s %12s\n", "", "anonymous", "private file");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        same = measure(&rows[i]) && same;
    if (!same)
        fprintf(stderr, "mm: s3: not the table that S3 derives\n");
    return same && count_text_fallbacks(ANON_CHECK_EARLY_PRIVATE) == 3 * R &&
           count_text_fallbacks(ANON_CHECK_EARLY_ANON) == 0;
}

/* ---- the right ways ------------------------------------------------------ */

static bool run_uffd(void)
{
    stage_set_up(0);
    stage_map(AREA, 2, NULL, 0);
    stage_expect(mfill_atomic_copy(stage.mm, AREA, 7) == 0,
                 "filled under mmap_lock first");
    stage_expect(mfill_atomic_copy(stage.mm, AREA + PAGES(1), 8) == 0,
                 "filled under the VMA lock");
    return stage_tear_down();
}

static bool run_ok(void)
{
    return run_table() && run_uffd();
}

/* ---- threads ------------------------------------------------------------- */

static void write_thread(void *unused)
{
    (void)unused;
    script_point("write");
    stage_touch(AREA, 1, true);
}

static void write_gone_thread(void *unused)
{
    (void)unused;
    script_point("write");
    stage_expect(do_page_fault(stage.mm, AREA, true) == FAULT_SIGSEGV,
                 "nothing there");
}

static void writer_thread(void *unused)
{
    (void)unused;
    script_point("mmap_lock W");
    mmap_write_lock(stage.mm);
    script_point("let go");
    mmap_write_unlock(stage.mm);
}

static void mprotect_thread(void *unused)
{
    (void)unused;
    script_point("mprotect");
    stage_expect(vm_mprotect(stage.mm, AREA, PAGES(2), VM_READ) == 0,
                 "the area is read-only");
}

static void remap_thread(void *unused)
{
    (void)unused;
    script_point("remap");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(2)) == 0, "an area unmapped");
    stage_map(AREA, 2, NULL, 0);
}

static void munmap_thread(void *unused)
{
    (void)unused;
    script_point("munmap");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(2)) == 0, "an area unmapped");
}

static void play(const struct script_thread *thread, size_t threads,
                 const struct script_step *step, size_t steps)
{
    struct script script = {thread, threads, step, steps};

    script_run(&script, NULL);
}
#define PLAY(threads, steps) \
    play(threads, COUNT_OF(threads), steps, COUNT_OF(steps))

static void set_up(void)
{
    stage_set_up(0);
    stage_map(AREA, 2, NULL, 0);
}

/* The trylock fails while someone writes the address space, and the fault
 * falls back to the wait that it may do, with nothing held. */
static bool run_contended(void)
{
    static const struct script_thread threads[] = {
        {"writer", writer_thread},
        {"fault", write_thread},
    };
    static const struct script_step steps[] = {
        {"writer", "mmap_lock W", 0},
        {"fault", "write", SCRIPT_BLOCKS},
        {"writer", "let go", 0},
    };

    set_up();
    PLAY(threads, steps);
    stage_expect(stage_counted(COUNT_FELL_BACK) == 1, "one fallback");
    return stage_tear_down();
}

static bool run_x1(void)
{
    static const struct script_thread threads[] = {{"fault", write_thread}};
    static const struct script_step steps[] = {{"fault", "write", 0}};

    set_up();
    PLAY(threads, steps);
    return stage_tear_down();
}

static bool run_x2(void)
{
    static const struct script_thread threads[] = {
        {"fault", write_thread},
        {"mprotect", mprotect_thread},
    };
    static const struct script_step steps[] = {
        {"fault", "write", 0},
        {"mprotect", "mprotect", 0},
    };

    set_up();
    PLAY(threads, steps);
    return stage_tear_down();
}

static bool run_x3(void)
{
    static const struct script_thread threads[] = {
        {"fault", write_thread},
        {"remap", remap_thread},
    };
    static const struct script_step steps[] = {
        {"fault", "write", 0},
        {"remap", "remap", 0},
        {"fault", "lock_vma_under_rcu: found", 0},
    };

    set_up();
    variant.anon_check_stale = false;
    stage_touch(AREA + PAGES(1), 1, true); /* now it has an anon_vma */
    variant.anon_check_stale = true;
    PLAY(threads, steps);
    stage_expect(stage_counted(COUNT_NULL_ANON_VMAS) == 1,
                 "a page added without an anon_vma");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(2)) == 0, "an area unmapped");
    return stage_tear_down();
}

static bool run_x4(void)
{
    static const struct script_thread threads[] = {
        {"fault", write_gone_thread},
        {"munmap", munmap_thread},
    };
    static const struct script_step steps[] = {
        {"fault", "write", 0},
        {"munmap", "munmap", 0},
        {"fault", "do_page_fault: retry", 0},
    };

    stage_set_up(2);
    stage_map(AREA, 2, stage.inode, 0);
    PLAY(threads, steps);
    stage_expect(stage_counted(COUNT_DEAD_VMAS) == 1, "a dead VMA used");
    return stage_tear_down();
}

static bool run_x5(void)
{
    set_up();
    stage_expect(mfill_atomic_copy(stage.mm, AREA, 7) == 0, "filled");
    stage_expect(stage_counted(COUNT_NULL_ANON_VMAS) == 1,
                 "a page added without an anon_vma");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(2)) == 0, "an area unmapped");
    return stage_tear_down();
}

/* ---- the table ----------------------------------------------------------- */

static const struct scenario scenarios[] = {
    {"s3.ok", false, "silent", {.era = ERA_CURRENT}, run_ok},
    {"s3.ok-contended", false, "silent", {.era = ERA_CURRENT}, run_contended},
    {"s3.ok-mprotect", false, "silent", {.era = ERA_CURRENT}, run_x2},
    {"s3.x1",
     true,
     "rule:R5 rule:R7",
     {.era = ERA_CURRENT, .prepare_under_vma = true},
     run_x1},
    {"s3.x2",
     true,
     "rule:R11 inversion:mmap_lock>vma_lock",
     {.era = ERA_CURRENT, .prepare_waits = true},
     run_x2},
    {"s3.x3",
     true,
     "rule:R1 rule:R5",
     {.era = ERA_CURRENT, .anon_check_stale = true},
     run_x3},
    {"s3.x4",
     true,
     "rule:R12",
     {.era = ERA_CURRENT,
      .anon_check = ANON_CHECK_EARLY_ANON,
      .vma_after_retry = true},
     run_x4},
    {"s3.x5",
     true,
     "rule:R5",
     {.era = ERA_CURRENT, .uffd_unchecked = true},
     run_x5},
};

const struct scenario_table s3_scenarios = {scenarios, COUNT_OF(scenarios)};
