/* SPDX-License-Identifier: BSD-2-Clause */
/* stress.c: see stress.h. Stands for no kernel code: for the system calls,
 * faults and kernel threads that meet in one address space.
 *
 * Zones, so that every kind finds something to do:
 *   HEAP    anonymous, stays; faults, madvise, mprotect, userfaultfd
 *   CHURN   anonymous pieces that come and go
 *   FILE    a private mapping of a file that is truncated and extended
 *   TEXT    the same file, only read: khugepaged takes its table away
 *   NOMAD   anonymous, moved to and fro by mremap
 *   STACK   grows down, is cut short again
 *   GUARD   a page that nobody touches, between CHURN and FILE: SPF v12's
 *           __vma_adjust also opens the count of the VMA that comes next, and
 *           were that one a file's, a truncate could be writing it (R26)
 * What fails for want of memory is tried again some other time. */
#define _GNU_SOURCE
#include "stress.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "damon.h"
#include "filemap.h"
#include "gup.h"
#include "hold.h"
#include "khugepaged.h"
#include "mmap.h"
#include "page_alloc.h"
#include "proc_maps.h"
#include "stack.h"
#include "stage.h"
#include "userfaultfd.h"
#include "variant.h"
#include "vmscan.h"

#define HEAP 0x100000UL
#define HEAP_PAGES 16
#define CHURN 0x800000UL
#define CHURN_PAGES 96
#define GUARD 0xf00000UL
#define FILE_ZONE 0x1000000UL
#define FILE_PAGES 24
#define TEXT 0x1400000UL
#define STACK_TOP 0x1c00000UL
#define STACK_PAGES 8
#define NOMAD_A 0x2000000UL
#define NOMAD_B 0x2800000UL
#define NOMAD_PAGES 4

#define RW (VM_READ | VM_WRITE)

static atomic_bool stop;

/* Each thread's own, seeded by its number: runs differ in timing alone. */
static _Thread_local uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % bound;
}

static bool going_on(void)
{
    return !atomic_load_explicit(&stop, memory_order_relaxed);
}

/* ---- the kinds of threads ------------------------------------------------ */

static unsigned long anywhere(void)
{
    switch (random_below(6)) {
    case 0:
        return HEAP + PAGES(random_below(HEAP_PAGES));
    case 1:
        return CHURN + PAGES(random_below(CHURN_PAGES));
    case 2:
        return FILE_ZONE + PAGES(random_below(FILE_PAGES));
    case 3:
        return TEXT + PAGES(random_below(FILE_PAGES));
    case 4:
        return STACK_TOP - PAGES(1 + random_below(STACK_PAGES));
    default:
        return (random_below(2) ? NOMAD_A : NOMAD_B) +
               PAGES(random_below(NOMAD_PAGES));
    }
}

static bool only_read(unsigned long address)
{
    return address >= TEXT && address < TEXT + PAGES(FILE_PAGES);
}

static void faults(void)
{
    unsigned long address = anywhere();

    do_page_fault(stage.mm, address, !only_read(address) && random_below(2));
}

/* mmap and munmap of pieces that split, join and swallow each other. */
static void maps(void)
{
    unsigned long start = CHURN + PAGES(random_below(CHURN_PAGES - 8));
    unsigned long len = PAGES(1 + random_below(8));

    if (random_below(2))
        vm_mmap(stage.mm, start, len, RW, NULL, 0);
    else
        vm_munmap(stage.mm, start, len);
}

static void moves(void)
{
    vm_mremap(stage.mm, NOMAD_A, NOMAD_B);
    vm_mremap(stage.mm, NOMAD_B, NOMAD_A);
}

static void advises(void)
{
    unsigned long first = random_below(HEAP_PAGES - 4);

    vm_madvise_dontneed(stage.mm, HEAP + PAGES(first), PAGES(4));
}

static void protects(void)
{
    unsigned long first = random_below(HEAP_PAGES / 4) * 4;

    vm_mprotect(stage.mm, HEAP + PAGES(first), PAGES(4),
                random_below(2) ? VM_READ : RW);
}

static void truncates(void)
{
    do_truncate(stage.inode, random_below(FILE_PAGES));
    do_truncate(stage.inode, FILE_PAGES);
}

static void grows(void)
{
    unsigned long pages = 2 + random_below(STACK_PAGES - 1);

    expand_stack(stage.mm, STACK_TOP - PAGES(pages));
    vm_munmap(stage.mm, STACK_TOP - PAGES(pages), PAGES(pages - 1));
}

static void copies(void)
{
    unsigned long address = HEAP + PAGES(random_below(HEAP_PAGES));

    mfill_atomic_copy(stage.mm, address, address);
}

static void collapses(void)
{
    khugepaged_retract(stage.mm, TEXT);
}

static void samples(void)
{
    if (variant.era == ERA_CURRENT && random_below(2))
        damon_va_mkold_vma_lock(stage.mm, anywhere());
    else if (random_below(16) == 0)
        damon_va_mkold_exclusive(stage.mm, anywhere());
    else
        damon_va_mkold(stage.mm, anywhere());
}

static void lists(void)
{
    if (variant.era == ERA_CURRENT && random_below(2))
        proc_maps_vma_lock(stage.mm);
    else
        proc_maps_mmap_lock(stage.mm);
    proc_smaps_mmap_lock(stage.mm);
}

static void pins(void)
{
    struct page *page = get_user_page_fast(stage.mm, anywhere());

    if (page != NULL)
        put_page(page);
}

static void balances(void)
{
    if (pool_free_pages() >= pool_low_pages())
        return;
    while (pool_free_pages() < pool_high_pages() && balance_pgdat() > 0)
        ;
}

/* Allocates until reclaim has to help, then lets go. */
static void allocates(void)
{
    struct page *page[64];
    size_t count = 0;

    while (count < COUNT_OF(page) && going_on()) {
        page[count] = __alloc_pages(GFP_KERNEL);
        if (page[count] == NULL)
            break;
        count++;
    }
    while (count > 0)
        put_page(page[--count]);
}

/* In which kernels. 2019 has one writer of a file VMA's count alone, which is
 * truncate (R26): whatever else zaps file pages comes later. */
enum { SPF = 1, Y2021 = 2, NOW = 4, ALL = SPF | Y2021 | NOW };

static const struct kind {
    const char *name; /* at most 15 characters */
    void (*once)(void);
    unsigned threads;
    unsigned kernels;
    bool rests; /* after each round, so that the others get a processor */
} kinds[] = {
    {"fault", faults, 3, ALL, false},
    {"mmap", maps, 2, ALL, false},
    {"mremap", moves, 1, ALL, false},
    {"madvise", advises, 1, ALL, false},
    {"mprotect", protects, 1, ALL, false},
    {"truncate", truncates, 1, ALL, true},
    {"stack", grows, 1, Y2021 | NOW, false},
    {"userfaultfd", copies, 1, NOW, true},
    {"khugepaged", collapses, 1, Y2021 | NOW, false},
    {"damon", samples, 1, ALL, false},
    {"maps", lists, 1, ALL, false},
    {"gup-fast", pins, 1, ALL, true},
    {"kswapd", balances, 1, ALL, true},
    {"allocate", allocates, 1, ALL, true},
};

static const struct {
    const char *profile;
    unsigned bit;
    struct variant variant;
} kernels[] = {
    {"2019-spf", SPF, {.adjust_raw = true, .move_raw = true}},
    {"2021", Y2021, {.era = ERA_2021}},
    {"current", NOW, {.era = ERA_CURRENT}},
};

/* ---- running them -------------------------------------------------------- */

#define MAX_THREADS 32

static struct worker {
    pthread_t thread;
    const struct kind *kind;
    uint32_t seed;
    atomic_ulong rounds;
} workers[MAX_THREADS];

static void rest(void)
{
    const struct timespec little = {.tv_nsec = 50000};

    nanosleep(&little, NULL);
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    seed = worker->seed;
    pthread_setname_np(pthread_self(), worker->kind->name);
    while (going_on()) {
        worker->kind->once();
        atomic_fetch_add(&worker->rounds, 1);
        if (worker->kind->rests)
            rest();
    }
    return NULL;
}

static void start_worker(struct worker *worker, const struct kind *kind,
                         size_t index)
{
    *worker =
        (struct worker){.kind = kind, .seed = 2463534242u + (uint32_t)index};
    errno = pthread_create(&worker->thread, NULL, work, worker);
    BUG_ON(errno != 0);
}

static size_t start_workers(unsigned kernel)
{
    size_t count = 0;

    atomic_store(&stop, false);
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        if (!(kinds[k].kernels & kernel))
            continue;
        for (unsigned i = 0; i < kinds[k].threads; i++, count++) {
            BUG_ON(count == MAX_THREADS);
            start_worker(&workers[count], &kinds[k], count);
        }
    }
    return count;
}

static void stop_workers(size_t count)
{
    atomic_store(&stop, true);
    for (size_t i = 0; i < count; i++)
        pthread_join(workers[i].thread, NULL);
}

static void sleep_seconds(unsigned seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds};

    while (nanosleep(&left, &left) != 0)
        ;
}

/* A kind that never got through would leave its paths untested. */
static bool everything_happened(size_t count)
{
    static const enum counter wanted[] = {COUNT_FAULTS, COUNT_PTES_MOVED,
                                          COUNT_PTES_ZAPPED,
                                          COUNT_PAGES_RECLAIMED};

    for (size_t i = 0; i < count; i++)
        if (atomic_load(&workers[i].rounds) == 0)
            return false;
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (stage_counted(wanted[i]) == 0)
            return false;
    return true;
}

/* Longer than asked for where the machine is slow. */
static void let_work(size_t count, unsigned seconds)
{
    sleep_seconds(seconds);
    for (int patience = 30; patience > 0 && !everything_happened(count);
         patience--)
        sleep_seconds(1);
}

static void report(size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s%s %lu", i > 0 ? ", " : "rounds: ", workers[i].kind->name,
               atomic_load(&workers[i].rounds));
    printf("\n");
    stage_expect(everything_happened(count), "every kind got through");
    stage_expect(stage_counted(COUNT_TORN_READS) == 0, "no torn read");
    stage_expect(stage_counted(COUNT_TORN_LINES) == 0, "no torn line");
    stage_expect(stage_counted(COUNT_LOST_PAGES) == 0, "no page lost");
    stage_expect(stage_counted(COUNT_STALE_PTES) == 0, "no stale PTE");
    stage_expect(stage_counted(COUNT_PTES_LOST) == 0, "no PTE lost");
    stage_expect(stage_counted(COUNT_FREED_TABLE_LOOKS) == 0,
                 "no look into a freed table");
    stage_expect(stage_counted(COUNT_NULL_ANON_VMAS) == 0, "anon_vmas");
}

static void map_zones(void)
{
    stage_map(HEAP, HEAP_PAGES, NULL, 0);
    stage_map(GUARD, 1, NULL, 0);
    stage_map(FILE_ZONE, FILE_PAGES, stage.inode, 0);
    stage_map(TEXT, FILE_PAGES, stage.inode, 0);
    stage_map(NOMAD_A, NOMAD_PAGES, NULL, 0);
    stage_expect(vm_mmap(stage.mm, STACK_TOP - PAGES(1), PAGES(1),
                         RW | VM_GROWSDOWN, NULL, 0) == 0,
                 "a stack");
}

static bool run_kernel(unsigned kernel, unsigned seconds)
{
    bool held;
    size_t count;

    stage_set_up(FILE_PAGES);
    map_zones();
    count = start_workers(kernel);
    let_work(count, seconds);
    stop_workers(count);
    report(count);
    held = stage_tear_down();
    hold_print(stdout);
    printf("\nstress: ");
    counters_print(stdout);
    printf("; invariants %s\n", held ? "hold" : "BROKEN");
    return held;
}

bool stress_run(const char *profile, unsigned seconds)
{
    size_t k = 0;

    while (k < COUNT_OF(kernels) && strcmp(kernels[k].profile, profile) != 0)
        k++;
    if (k == COUNT_OF(kernels))
        return false;
    variant = kernels[k].variant;
    return run_kernel(kernels[k].bit, seconds);
}
