/* SPDX-License-Identifier: BSD-2-Clause */
/* arena.c: see arena.h. jemalloc(3), "arena.<i>.extent_hooks". */
#include "arena.h"

#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <pthread.h>
#include <sys/mman.h>

#include "mm_types.h"

/* The renamed copy's. */
int mm_je_mallctl(const char *name, void *old, size_t *old_size, void *new,
                  size_t new_size);
void *mm_je_mallocx(size_t size, int flags);

/* No thread of its own, no extent larger than was asked for, none kept. */
extern const char *mm_je_malloc_conf;
const char *mm_je_malloc_conf =
    "narenas:1,tcache:false,retain:false,"
    "background_thread:false,dirty_decay_ms:0,muzzy_decay_ms:0";

static struct {
    char *region;
    size_t size, count; /* of extents */
    size_t granted;
    unsigned index; /* jemalloc's */
} arena;

/* ---- jemalloc's mutexes -------------------------------------------------- */

_Static_assert(sizeof(arch_spinlock_t) <= sizeof(pthread_mutex_t),
               "our lock must fit into jemalloc's");

int mm_je_mutex_init(pthread_mutex_t *mutex, const void *attributes);
int mm_je_mutex_lock(pthread_mutex_t *mutex);
int mm_je_mutex_trylock(pthread_mutex_t *mutex);
int mm_je_mutex_unlock(pthread_mutex_t *mutex);

static arch_spinlock_t *inside(pthread_mutex_t *mutex)
{
    return (arch_spinlock_t *)(void *)mutex;
}

int mm_je_mutex_init(pthread_mutex_t *mutex, const void *attributes)
{
    (void)attributes;
    atomic_init(&inside(mutex)->word, 0);
    return 0;
}

int mm_je_mutex_lock(pthread_mutex_t *mutex)
{
    arch_spin_lock(inside(mutex));
    return 0;
}

int mm_je_mutex_trylock(pthread_mutex_t *mutex)
{
    return arch_spin_trylock(inside(mutex)) ? 0 : EBUSY;
}

int mm_je_mutex_unlock(pthread_mutex_t *mutex)
{
    arch_spin_unlock(inside(mutex));
    return 0;
}

/* ---- the hooks ----------------------------------------------------------- */

/* Reserved, and more than asked for, to align it. */
static void *map_aligned(size_t size, size_t alignment, int protection)
{
    char *start = mmap(NULL, size + alignment, protection,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uintptr_t past = (uintptr_t)start + alignment - 1;

    if (start == MAP_FAILED)
        return NULL;
    return start + (past - past % alignment - (uintptr_t)start);
}

/* Extents come from the budget; what else is asked for is jemalloc's own
 * bookkeeping. */
static void *extent_alloc(extent_hooks_t *hooks, void *wanted, size_t size,
                          size_t alignment, bool *zero, bool *commit,
                          unsigned index)
{
    char *extent;

    (void)hooks, (void)index;
    if (wanted != NULL)
        return NULL;
    *zero = *commit = true;
    if (size != ARENA_STRIDE(arena.size))
        return map_aligned(size, alignment, PROT_READ | PROT_WRITE);
    if (arena.granted == arena.count)
        return NULL;
    extent = arena.region + arena.granted * size; /* page-aligned: enough */
    if (mprotect(extent, size, PROT_READ | PROT_WRITE) != 0)
        return NULL;
    arena.granted++;
    return extent;
}

static extent_hooks_t hooks = {.alloc = extent_alloc};

char *arena_init(size_t size, size_t count)
{
    extent_hooks_t *own = &hooks;
    size_t length = sizeof(arena.index);

    arena.size = size;
    arena.count = count;
    arena.region =
        map_aligned(ARENA_STRIDE(size) * count, PAGE_SIZE, PROT_NONE);
    BUG_ON(arena.region == NULL);
    BUG_ON(mm_je_mallctl("arenas.create", &arena.index, &length, &own,
                         sizeof(own)) != 0);
    return arena.region;
}

void *arena_grow(void)
{
    int flags = (int)(MALLOCX_ARENA(arena.index) | MALLOCX_TCACHE_NONE |
                      MALLOCX_ALIGN(PAGE_SIZE) | MALLOCX_ZERO);

    return mm_je_mallocx(arena.size, flags);
}
