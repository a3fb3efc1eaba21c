/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h: the few words of kernel C that the whole model is written in.
 *
 * READ_ONCE and WRITE_ONCE mark the fields that a speculative reader looks at
 * without a lock; they are relaxed C11 accesses, so that the fences in
 * seqcount.h order them (a plain access would be a data race). */
#ifndef MM_KERNEL_H
#define MM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A function that a reader of a report knows by its kernel name. */
#define noinline __attribute__((noinline))

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#define container_of(pointer, type, member) \
    ((type *)((char *)(pointer)-offsetof(type, member)))

/* The model itself is wrong: nothing that follows would mean anything. */
#define BUG_ON(condition)                                                  \
    do {                                                                   \
        if (__builtin_expect(!!(condition), 0)) {                          \
            fprintf(stderr, "mm: %s:%d: BUG_ON(%s)\n", __FILE__, __LINE__, \
                    #condition);                                           \
            abort();                                                       \
        }                                                                  \
    } while (0)

#define SINGLE_DEPTH_NESTING 1

#endif
