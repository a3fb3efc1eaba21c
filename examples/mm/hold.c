/* SPDX-License-Identifier: BSD-2-Clause */
/* hold.c: see hold.h. Stands for no kernel code. */
#include "hold.h"

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

static const char *const names[HOLDS] = {"mmap_lock R", "mmap_lock W",
                                         "vma_lock R"};

static struct {
    _Atomic(uint64_t) count, total, longest; /* ns */
} holds[HOLDS];

static _Thread_local uint64_t since[HOLDS];

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void hold_begin(enum hold_kind kind)
{
    since[kind] = now();
}

void hold_end(enum hold_kind kind)
{
    uint64_t length = now() - since[kind];
    uint64_t longest = atomic_load(&holds[kind].longest);

    atomic_fetch_add(&holds[kind].count, 1);
    atomic_fetch_add(&holds[kind].total, length);
    while (length > longest && !atomic_compare_exchange_weak(
                                   &holds[kind].longest, &longest, length))
        ;
}

void hold_print(FILE *to)
{
    const char *separator = "";

    for (int kind = 0; kind < HOLDS; kind++) {
        uint64_t count = atomic_load(&holds[kind].count);

        if (count == 0)
            continue;
        fprintf(to, "%s%s: %ju times, mean %ju us, longest %ju us", separator,
                names[kind], (uintmax_t)count,
                (uintmax_t)(atomic_load(&holds[kind].total) / count / 1000),
                (uintmax_t)(atomic_load(&holds[kind].longest) / 1000));
        separator = "; ";
    }
}
