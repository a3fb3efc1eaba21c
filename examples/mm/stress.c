/* SPDX-License-Identifier: BSD-2-Clause */
/* stress.c: see stress.h. Stands for no kernel code: for the system calls,
 * faults and kernel threads that meet in one address space.
 *
 * Zones, so that every kind finds something to do:
 *   HEAP    anonymous, stays; faults, madvise, mprotect
 *   CHURN   anonymous pieces that come and go
 *   FILE    a private mapping of a file that is truncated and extended
 *   NOMAD   anonymous, moved to and fro by mremap
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

#include "filemap.h"
#include "mmap.h"
#include "page_alloc.h"
#include "stage.h"
#include "variant.h"

#define HEAP 0x100000UL
#define HEAP_PAGES 16
#define CHURN 0x800000UL
#define CHURN_PAGES 96
#define GUARD 0xf00000UL
#define FILE_ZONE 0x1000000UL
#define FILE_PAGES 24
#define NOMAD_A 0x2000000UL
#define NOMAD_B 0x2800000UL
#define NOMAD_PAGES 4

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
    switch (random_below(4)) {
    case 0:
        return HEAP + PAGES(random_below(HEAP_PAGES));
    case 1:
        return CHURN + PAGES(random_below(CHURN_PAGES));
    case 2:
        return FILE_ZONE + PAGES(random_below(FILE_PAGES));
    default:
        return (random_below(2) ? NOMAD_A : NOMAD_B) +
               PAGES(random_below(NOMAD_PAGES));
    }
}

static void faults(void)
{
    do_page_fault(stage.mm, anywhere(), random_below(2));
}

/* mmap and munmap of pieces that split, join and swallow each other. */
static void maps(void)
{
    unsigned long start = CHURN + PAGES(random_below(CHURN_PAGES - 8));
    unsigned long len = PAGES(1 + random_below(8));

    if (random_below(2))
        vm_mmap(stage.mm, start, len, VM_READ | VM_WRITE, NULL, 0);
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

static void truncates(void)
{
    do_truncate(stage.inode, random_below(FILE_PAGES));
    do_truncate(stage.inode, FILE_PAGES);
}

/* Allocates until reclaim has to help, then lets go. */
static void allocates(void)
{
    struct page *page[32];
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

static const struct kind {
    const char *name; /* at most 15 characters */
    void (*once)(void);
    unsigned threads;
} kinds[] = {
    {"fault", faults, 3},       {"mmap", maps, 2},
    {"mremap", moves, 1},       {"madvise", advises, 1},
    {"truncate", truncates, 1}, {"allocate", allocates, 1},
};

/* ---- running them -------------------------------------------------------- */

#define MAX_THREADS 32

static struct worker {
    pthread_t thread;
    const struct kind *kind;
    uint32_t seed;
    unsigned long rounds;
} workers[MAX_THREADS];

static void *work(void *argument)
{
    struct worker *worker = argument;

    seed = worker->seed;
    pthread_setname_np(pthread_self(), worker->kind->name);
    for (; going_on(); worker->rounds++)
        worker->kind->once();
    return NULL;
}

static size_t start_workers(void)
{
    size_t count = 0;

    atomic_store(&stop, false);
    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        for (unsigned i = 0; i < kinds[k].threads; i++, count++) {
            struct worker *worker = &workers[count];

            BUG_ON(count == MAX_THREADS);
            *worker = (struct worker){.kind = &kinds[k],
                                      .seed = 2463534242u + (uint32_t)count};
            errno = pthread_create(&worker->thread, NULL, work, worker);
            BUG_ON(errno != 0);
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
static void report(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%s%s %lu", i > 0 ? ", " : "rounds: ", workers[i].kind->name,
               workers[i].rounds);
        stage_expect(workers[i].rounds > 0, "every thread came round");
    }
    printf("\n");
    stage_expect(stage_counted(COUNT_FAULTS) > 0, "faults");
    stage_expect(stage_counted(COUNT_PTES_MOVED) > 0, "moves");
    stage_expect(stage_counted(COUNT_PTES_ZAPPED) > 0, "zaps");
    stage_expect(stage_counted(COUNT_PAGES_RECLAIMED) > 0, "reclaim");
    stage_expect(stage_counted(COUNT_TORN_READS) == 0, "no torn read");
    stage_expect(stage_counted(COUNT_LOST_PAGES) == 0, "no page lost");
}

bool stress_run(unsigned seconds)
{
    bool held;
    size_t count;

    stage_set_up(FILE_PAGES);
    stage_map(HEAP, HEAP_PAGES, NULL, 0);
    stage_map(GUARD, 1, NULL, 0);
    stage_map(FILE_ZONE, FILE_PAGES, stage.inode, 0);
    stage_map(NOMAD_A, NOMAD_PAGES, NULL, 0);
    count = start_workers();
    sleep_seconds(seconds);
    stop_workers(count);
    report(count);
    held = stage_tear_down();
    printf("stress: ");
    counters_print(stdout);
    printf("; invariants %s\n", held ? "hold" : "BROKEN");
    return held;
}
