/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.h: memory for our own tables, apart from the program's.
 *
 * In libvalidator.so it comes from a private, renamed copy of jemalloc
 * (memory_jemalloc.c): the program's malloc is never called, its MALLOC_CONF
 * never read. In tools and unit tests it comes from libc (memory_libc.c).
 * Every function may be called in the slow path with signals blocked; none may
 * be called from the fast path. errno may change. Includes no other module. */
#ifndef LV_MEMORY_H
#define LV_MEMORY_H

#include <stddef.h>

/* Zeroed memory for `count` things of `size` bytes; NULL if there is none or
 * the product overflows. The caller owns it: lv_free. */
void *lv_calloc(size_t count, size_t size);

/* Resize `old` (NULL: allocate) to count * size bytes; what is new is not
 * zeroed. NULL on failure: `old` is then untouched and still the caller's. */
void *lv_realloc(void *old, size_t count, size_t size);

/* Give back; NULL is fine. */
void lv_free(void *memory);

/* What lies in the whole pages of a block's part is needed no more: they go
 * back to the system, and hold zeros from now on. The block stays as it is. */
void lv_discard(void *part, size_t size);

/* All of a block's part will be written soon: its pages come at once, where
 * that is worth a system call, instead of one by one. What is in it stays. */
void lv_populate(void *part, size_t size);

/* A filter of system calls may come, which ends the process at an odd one: from
 * now on none is made that a malloc could do without. */
void lv_memory_seal(void);

/* Around fork, innermost of all our locks: prepare takes the allocator's own,
 * parent gives them back, child makes them new. No thread may be inside
 * lv_calloc and its like between a bare clone or _Fork and the child's first
 * call of them: whoever forks so holds the engine's lock. */
void lv_memory_fork_prepare(void);
void lv_memory_fork_parent(void);
void lv_memory_fork_child(void);

#endif
