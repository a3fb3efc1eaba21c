/* SPDX-License-Identifier: BSD-2-Clause */
/* arena.h: where the page pool's memory comes from: a jemalloc arena whose
 * extent hooks have a budget.
 *
 * The pool grows by extents as it is used. When the budget is spent the hook
 * refuses and jemalloc has nothing to give; what is left of the budget counts
 * in the pool's watermarks, so that reclaim begins before that.
 * Stands for the machine's memory (memblock, the zones' free areas). Single
 * pages are the pool's own: jemalloc would cut them from slabs, side by side
 * with what is no page.
 *
 * jemalloc is a private, renamed copy (private-jemalloc.sh), so that the C
 * library's malloc stays the program's. Any thread; the caller serialises. */
#ifndef MM_ARENA_H
#define MM_ARENA_H

#include <stddef.h>

/* jemalloc asks its hooks for a page more than it hands out (it spreads large
 * objects over cache lines, but for those that want a page's alignment). */
#define ARENA_STRIDE(size) ((size) + 4096)

/* Make the arena, with room for `count` extents of `size` bytes, a power of two
 * and at least 16 KiB, and return where they will lie, ARENA_STRIDE(size) from
 * each other. Once. */
char *arena_init(size_t size, size_t count);

/* The next extent, all zero: arena_init's address first. NULL: refused. */
void *arena_grow(void);

#endif
