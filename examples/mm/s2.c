/* SPDX-License-Identifier: BSD-2-Clause */
/* s2.c: the scenarios of S2: /proc readers under RCU alone, and what munmap has
 * to do about their page tables. dead.h explains the three answers.
 *
 *   sol1.ok  a grace period under mmap_lock: right, and long
 *   sol1.x1  a reader takes mmap_lock inside RCU: it waits for munmap, which
 *            waits for it
 *   sol1.x2  the grace period without mmap_lock: the range is mapped meanwhile
 *   sol2.bug references instead: never right, as sol1.x2
 *   sol3.ok  a dead entry: searches skip it, MAP_FIXED waits for it
 *   x1–x5    sol3 gone wrong: MAP_FIXED does not wait · the entry goes before
 *            TLBs are flushed · a stack grows into it · erased by range, it
 *            takes its successor along · the callback wants mmap_lock, whose
 *            holder waits for callbacks
 *   maps.*   VMAs move while a reader lists them: with a new VMA for each move,
 *            with a second look, and (x1) with neither */
#include "dead.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "proc_maps.h"
#include "rcu.h"
#include "scenario.h"
#include "script.h"
#include "stack.h"
#include "stage.h"
#include "vma.h"

#define AREA 0x400000UL
#define AREA_PAGES 2
#define ABOVE (AREA + PAGES(AREA_PAGES))
#define FLAGS (VM_READ | VM_WRITE)

/* Where the search put its mapping. */
static unsigned long found;

/* ---- the threads --------------------------------------------------------- */

static void smaps_thread(void *unused)
{
    (void)unused;
    script_point("smaps");
    proc_smaps_rcu(stage.mm);
    script_point("smaps again");
    proc_smaps_rcu(stage.mm);
}

static void munmap_thread(void *unused)
{
    (void)unused;
    script_point("munmap");
    stage_expect(vm_munmap(stage.mm, AREA, PAGES(AREA_PAGES)) == 0,
                 "an area unmapped");
}

static void fixed_thread(void *unused)
{
    (void)unused;
    script_point("mmap fixed");
    stage_expect(vm_mmap(stage.mm, AREA, PAGES(AREA_PAGES), FLAGS, NULL, 0) ==
                     0,
                 "the range mapped again");
}

static void search_thread(void *unused)
{
    (void)unused;
    script_point("mmap anywhere");
    found = vm_mmap_anywhere(stage.mm, AREA, PAGES(1), FLAGS);
}

static void reference_thread(void *unused)
{
    struct vm_area_struct *vma;

    (void)unused;
    script_point("get_vma");
    vma = get_vma(stage.mm, AREA);
    script_point("put_vma");
    put_vma(vma);
}

static void growth_thread(void *unused)
{
    (void)unused;
    script_point("expand_stack");
    stage_expect(expand_stack(stage.mm, AREA) == 0, "a stack that grew");
}

#define SCRIPT(name, other, ...)                                    \
    static const struct script_thread name##_threads[] = {          \
        {"smaps", smaps_thread},                                    \
        {"munmap", munmap_thread},                                  \
        {"search", search_thread},                                  \
        {"other", other},                                           \
    };                                                              \
    static const struct script_step name##_steps[] = {__VA_ARGS__}; \
    static const struct script name##_script = {                    \
        name##_threads, 4, name##_steps, COUNT_OF(name##_steps)}

/* clang-format off */
/* The reader is among the tables when munmap comes; MAP_FIXED comes third. */
SCRIPT(waits, fixed_thread,
    {"smaps", "smaps", 0},
    {"munmap", "munmap", SCRIPT_BLOCKS},
    {"search", "mmap anywhere", SCRIPT_BLOCKS},
    {"other", "mmap fixed", SCRIPT_BLOCKS},
    {"smaps", "smaps: a VMA", 0},
    {"smaps", "smaps again", 0});
/* With the lock held all the while, everyone queues behind munmap. */
SCRIPT(queue, fixed_thread,
    {"smaps", "smaps", 0},
    {"munmap", "munmap", SCRIPT_BLOCKS},
    {"other", "mmap fixed", SCRIPT_BLOCKS},
    {"search", "mmap anywhere", SCRIPT_BLOCKS},
    {"smaps", "smaps: a VMA", 0},
    {"smaps", "smaps again", 0});
/* One after the other: what would hang is never tried. */
SCRIPT(apart, fixed_thread,
    {"smaps", "smaps", 0},
    {"munmap", "munmap", 0},
    {"other", "mmap fixed", 0},
    {"smaps", "smaps again", 0},
    {"search", "mmap anywhere", 0});
/* The range is mapped again, and read, while munmap waits. */
SCRIPT(unreserved, fixed_thread,
    {"munmap", "munmap", 0},
    {"other", "mmap fixed", 0},
    {"smaps", "smaps", 0},
    {"munmap", "munmap: waits without mmap_lock", 0},
    {"smaps", "smaps again", 0},
    {"search", "mmap anywhere", 0});
SCRIPT(flushed_late, fixed_thread,
    {"munmap", "munmap", 0},
    {"munmap", "munmap: waits without mmap_lock", 0},
    {"other", "mmap fixed", 0},
    {"smaps", "smaps", 0},
    {"munmap", "munmap: erased, not flushed", 0},
    {"smaps", "smaps again", 0},
    {"search", "mmap anywhere", 0});
SCRIPT(grown, growth_thread,
    {"munmap", "munmap", 0},
    {"other", "expand_stack", 0},
    {"smaps", "smaps", 0},
    {"munmap", "munmap: waits without mmap_lock", 0},
    {"smaps", "smaps again", 0},
    {"search", "mmap anywhere", 0});
SCRIPT(replaced, fixed_thread,
    {"search", "mmap anywhere", 0},
    {"munmap", "munmap", 0},
    {"munmap", "munmap: waits without mmap_lock", 0},
    {"other", "mmap fixed", 0},
    {"munmap", "munmap: quiet, not erased", 0},
    {"smaps", "smaps", 0},
    {"smaps", "smaps again", 0});
/* Of two readers one has a reference, which munmap waits for. */
static const struct script_thread counted_threads[] = {
    {"smaps", smaps_thread},
    {"munmap", munmap_thread},
    {"fixed", fixed_thread},
    {"reference", reference_thread},
};
static const struct script_step counted_steps[] = {
    {"reference", "get_vma", 0},
    {"munmap", "munmap", 0},
    {"fixed", "mmap fixed", 0},
    {"smaps", "smaps", 0},
    {"smaps", "smaps again", 0},
    {"reference", "put_vma", 0},
    {"munmap", "munmap: waits without mmap_lock", 0},
};
/* clang-format on */
static const struct script counted_script = {
    counted_threads, COUNT_OF(counted_threads), counted_steps,
    COUNT_OF(counted_steps)};

/* ---- sol1 to sol3 -------------------------------------------------------- */

static bool run(const struct script *script, unsigned long stale)
{
    stage_set_up(0);
    found = 0;
    stage_map(AREA, AREA_PAGES, NULL, 0);
    stage_touch(AREA, AREA_PAGES, true);
    script_run(script, NULL);
    stage_expect(stage_counted(COUNT_STALE_PTES) == stale,
                 "stale PTEs where the range was reused, and only there");
    return stage_tear_down();
}

static bool run_sol1_ok(void)
{
    bool held = run(&queue_script, 0);

    if (stage_counted(COUNT_GRACE_UNDER_LOCK) == 1)
        return held;
    fprintf(stderr, "mm: expected: a grace period under mmap_lock\n");
    return false;
}

static bool run_sol3_ok(void)
{
    bool held = run(&waits_script, 0);

    if (found == ABOVE && stage_counted(COUNT_GRACE_UNDER_LOCK) == 0)
        return held;
    fprintf(stderr, "mm: expected: a search that skips the dead entry\n");
    return false;
}

static bool run_locks(void)
{
    return run(&apart_script, 0);
}

static bool run_unreserved(void)
{
    return run(&unreserved_script, AREA_PAGES);
}

static bool run_flushed_late(void)
{
    return run(&flushed_late_script, AREA_PAGES);
}

static bool run_counted(void)
{
    return run(&counted_script, 2 * AREA_PAGES);
}

static bool run_x3(void)
{
    stage_set_up(0);
    stage_map(AREA, AREA_PAGES, NULL, 0);
    stage_touch(AREA, AREA_PAGES, true);
    stage_expect(
        vm_mmap(stage.mm, ABOVE, PAGES(1), FLAGS | VM_GROWSDOWN, NULL, 0) == 0,
        "a stack");
    script_run(&grown_script, NULL);
    stage_expect(stage_counted(COUNT_STALE_PTES) == AREA_PAGES,
                 "stale PTEs in the stack");
    return stage_tear_down();
}

static bool run_replaced(bool lost)
{
    struct vm_area_struct *vma;

    stage_set_up(0);
    stage_map(AREA, AREA_PAGES, NULL, 0);
    stage_touch(AREA, AREA_PAGES, true);
    script_run(&replaced_script, NULL);
    mmap_read_lock(stage.mm);
    vma = find_vma(stage.mm, AREA);
    stage_expect((vma == NULL || vma->vm_start != AREA) == lost,
                 "the successor, lost or not");
    mmap_read_unlock(stage.mm);
    stage_expect(stage_counted(COUNT_VMAS_LOST) == lost, "lost or not");
    if (lost)
        dead_relink_lost();
    return stage_tear_down();
}

static bool run_ok_replaced(void)
{
    return run_replaced(false);
}

static bool run_x4(void)
{
    return run_replaced(true);
}

/* ---- x5: the callback ---------------------------------------------------- */

static struct callback_head callback;

/* Frees the tables, so it thinks it needs mmap_lock. */
static void callback_locks(struct callback_head *head)
{
    (void)head;
    mmap_write_lock(stage.mm);
    mmap_write_unlock(stage.mm);
}

static void callback_frees(struct callback_head *head)
{
    (void)head;
}

static void defer_thread(void *unused)
{
    (void)unused;
    script_point("call_rcu");
    call_rcu(&callback,
             variant.callback_locks ? callback_locks : callback_frees);
    rcu_barrier();
}

static void barrier_thread(void *unused)
{
    (void)unused;
    script_point("rcu_barrier");
    mmap_write_lock(stage.mm);
    rcu_barrier();
    mmap_write_unlock(stage.mm);
}

/* clang-format off */
static const struct script_thread x5_threads[] = {
    {"defer", defer_thread},
    {"barrier", barrier_thread},
};
static const struct script_step x5_steps[] = {
    {"defer", "call_rcu", 0},
    {"barrier", "rcu_barrier", 0},
};
/* clang-format on */

static bool run_x5(void)
{
    static const struct script script = {x5_threads, COUNT_OF(x5_threads),
                                         x5_steps, COUNT_OF(x5_steps)};

    stage_set_up(0);
    script_run(&script, NULL);
    return stage_tear_down();
}

/* ---- maps ---------------------------------------------------------------- */

#define LOWEST 0x100000UL
#define FIRST 0x200000UL
#define SECOND 0x300000UL
#define THIRD 0x500000UL

static void maps_thread(void *unused)
{
    (void)unused;
    script_point("maps");
    stage_expect(proc_maps_rcu(stage.mm) >= 2, "lines");
}

static void move_thread(void *unused)
{
    (void)unused;
    script_point("mremap");
    stage_expect(vm_mremap(stage.mm, SECOND, LOWEST) == 0, "a VMA moved");
}

/* clang-format off */
static const struct script_thread maps_threads[] = {
    {"maps", maps_thread},
    {"mremap", move_thread},
};
/* The second VMA moves to the lowest address when the reader has it in hand;
 * or when it has read the half of it. */
static const struct script_step maps_steps[] = {
    {"maps", "maps", 0},
    {"maps", "maps: a VMA", 0},
    {"mremap", "mremap", 0},
    {"maps", "maps: a VMA", 0},
};
static const struct script_step half_steps[] = {
    {"maps", "maps", 0},
    {"maps", "maps: half a line", 0},
    {"mremap", "mremap", 0},
    {"maps", "maps: half a line", 0},
};
/* clang-format on */
static bool run_maps(const struct script_step *steps, size_t count)
{
    const struct script script = {maps_threads, 2, steps, count};
    bool torn = variant.move_in_place && !variant.maps_rechecks;

    stage_set_up(0);
    stage_map(FIRST, 1, NULL, 0);
    stage_map(SECOND, 1, NULL, 0);
    stage_map(THIRD, 1, NULL, 0);
    script_run(&script, NULL);
    stage_expect((stage_counted(COUNT_TORN_LINES) > 0) == torn,
                 "torn lines, if nobody looks twice");
    return stage_tear_down();
}

static bool run_maps_whole(void)
{
    return run_maps(maps_steps, COUNT_OF(maps_steps));
}

static bool run_maps_half(void)
{
    return run_maps(half_steps, COUNT_OF(half_steps));
}

/* ---- the table ----------------------------------------------------------- */

#define S2(...)                      \
    {                                \
        .era = ERA_2021, __VA_ARGS__ \
    }
#define SOL1 .munmap_waits = MUNMAP_SOL1
#define SOL2 .munmap_waits = MUNMAP_SOL2
#define SOL3 .munmap_waits = MUNMAP_SOL3

/* clang-format off */
static const struct scenario scenarios[] = {
    {"s2.sol1.ok", false, "silent", S2(SOL1), run_sol1_ok},
    /* Told twice: of the model's grace period, and of liburcu's under it. */
    {"s2.sol1.x1", true,
     "wait-inversion:mmap_lock>rcu_gp wait-inversion:mmap_lock>urcu-bp "
     "context:rcu_gp",
     S2(SOL1, .smaps_locks = true), run_locks},
    {"s2.sol1.x2", true, "rule:S2 rule:R18",
     S2(SOL1, .sync_unlocked = true), run_unreserved},
    {"s2.sol2.bug", true, "rule:S2 rule:R18", S2(SOL2), run_counted},
    {"s2.sol3.ok", false, "silent", S2(SOL3), run_sol3_ok},
    {"s2.sol3.ok-replaced", false, "silent",
     S2(SOL3, .erases_later = true), run_ok_replaced},
    {"s2.sol3.ok-callback", false, "silent", S2(SOL3), run_x5},
    {"s2.x1", true, "rule:S2 rule:R18",
     S2(SOL3, .fixed_takes_dead = true), run_unreserved},
    {"s2.x2", true, "rule:S2 rule:R18",
     S2(SOL3, .erased_before_flush = true), run_flushed_late},
    {"s2.x3", true, "rule:S2 rule:R18",
     S2(SOL3, .growth_ignores_dead = true), run_x3},
    {"s2.x4", true, "rule:S2",
     S2(SOL3, .erases_later = true, .erases_by_range = true), run_x4},
    {"s2.x5", true, "wait-inversion:mmap_lock>rcu_cb",
     S2(SOL3, .callback_locks = true), run_x5},
    {"s2.maps.ok", false, "silent", S2(.munmap_waits = MUNMAP_NOT),
     run_maps_whole},
    {"s2.maps.ok-recheck", false, "silent",
     S2(.move_in_place = true, .maps_rechecks = true), run_maps_half},
    {"s2.maps.x1", true, "rule:S2", S2(.move_in_place = true),
     run_maps_whole},
    {"s2.maps.x1-half", true, "rule:S2", S2(.move_in_place = true),
     run_maps_half},
};
/* clang-format on */

const struct scenario_table s2_scenarios = {scenarios, COUNT_OF(scenarios)};
