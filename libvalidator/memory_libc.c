/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_libc.c: memory.h from libc, for the tools and the unit tests.
 * Includes memory.h. */
#include "memory.h"

#include <stdlib.h>

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
