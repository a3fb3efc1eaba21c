/* SPDX-License-Identifier: BSD-2-Clause */
/* counters.h: what a run did, for its one line of output. */
#ifndef MM_COUNTERS_H
#define MM_COUNTERS_H

#include <stdatomic.h>
#include <stdio.h>

/* COUNTER(identifier, as printed) */
#define MM_COUNTERS(COUNTER)                                             \
    COUNTER(PAGES_ALLOCATED, "pages allocated")                          \
    COUNTER(FAULTS, "faults")                                            \
    COUNTER(SPECULATED, "speculated")                                    \
    COUNTER(FELL_BACK, "fell back")                                      \
    COUNTER(MERGES, "VMAs merged")                                       \
    COUNTER(PTES_MOVED, "PTEs moved")                                    \
    COUNTER(PTES_ZAPPED, "PTEs zapped")                                  \
    COUNTER(PAGES_RECLAIMED, "pages reclaimed")                          \
    COUNTER(TORN_READS, "torn reads accepted")                           \
    COUNTER(LOST_PAGES, "pages lost")                                    \
    COUNTER(VMA_LOCKED, "under the VMA lock")                            \
    COUNTER(NULL_ANON_VMAS, "anonymous pages added without an anon_vma") \
    COUNTER(FLAGS_MOVED, "flags that moved under the VMA lock")          \
    COUNTER(STALE_PTES, "stale PTEs seen")                               \
    COUNTER(PTES_LOST, "PTEs present when their table was freed")        \
    COUNTER(FREED_TABLE_LOOKS, "looks into a freed table")               \
    COUNTER(DEAD_VMAS, "dead VMAs used")                                 \
    COUNTER(TABLES_RETRACTED, "tables retracted")                        \
    COUNTER(GRACE_UNDER_LOCK, "grace periods under mmap_lock")           \
    COUNTER(VMAS_LOST, "live VMAs erased")                               \
    COUNTER(TORN_LINES, "torn lines in maps")

enum counter {
#define COUNTER(name, text) COUNT_##name,
    MM_COUNTERS(COUNTER)
#undef COUNTER
        COUNTERS
};

extern atomic_ulong counters[COUNTERS];

static inline void count(enum counter which)
{
    atomic_fetch_add_explicit(&counters[which], 1, memory_order_relaxed);
}

/* "7 faults, 2 speculated, …", without what is 0. */
void counters_print(FILE *to);

#endif
