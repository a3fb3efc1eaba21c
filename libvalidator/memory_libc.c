/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_libc.c: memory.h from libc, for the tools and the unit tests.
 * Includes memory.h. */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((uintptr_t)4096)

void *lv_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

void *lv_realloc(void *old, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return realloc(old, bytes > 0 ? bytes : 1);
}

void lv_free(void *memory)
{
    free(memory);
}

void lv_discard(void *part, size_t size)
{
    uintptr_t start = ((uintptr_t)part + PAGE - 1) & ~(PAGE - 1);
    uintptr_t end = ((uintptr_t)part + size) & ~(PAGE - 1);

    if (end > start && madvise((void *)start, end - start, MADV_DONTNEED) != 0)
        memset((void *)start, 0, end - start);
}

void lv_populate(void *part, size_t size)
{
    (void)part;
    (void)size;
}

void lv_memory_seal(void)
{
}

/* libc looks after its own malloc. */
void lv_memory_fork_prepare(void)
{
}

void lv_memory_fork_parent(void)
{
}

void lv_memory_fork_child(void)
{
}
