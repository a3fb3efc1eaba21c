/* SPDX-License-Identifier: BSD-2-Clause */
/* slab.c: see slab.h. A slot's first word is written atomically, for readers
 * that come without a lock. Includes slab.h, memory.h, table.h. */
#include "slab.h"

#include "memory.h"
#include "table.h"

#define CHUNK ((uintptr_t)64 << 10) /* also how a chunk is aligned */

enum { CHUNKS = 16 }; /* taken from memory.h at once */

struct lv_slab_chunk {
    struct lv_slab_chunk *next, *before; /* with a free slot as well */
    uint32_t taken;
    uint16_t free;  /* number of a free slot, each tells the next; 0: none */
    uint16_t fresh; /* slots from here on were never taken */
};

static uint32_t slots_of(const struct lv_slab *slab)
{
    return (uint32_t)(CHUNK / slab->size);
}

static uint64_t *slot_at(const struct lv_slab *slab,
                         struct lv_slab_chunk *chunk, uint32_t number)
{
    return (uint64_t *)((char *)chunk + (size_t)number * slab->size);
}

static void link_in(struct lv_slab *slab, struct lv_slab_chunk *chunk)
{
    chunk->before = NULL;
    chunk->next = slab->room;
    if (slab->room != NULL)
        slab->room->before = chunk;
    slab->room = chunk;
}

static void unlink_from(struct lv_slab *slab, struct lv_slab_chunk *chunk)
{
    if (chunk->before != NULL)
        chunk->before->next = chunk->next;
    else
        slab->room = chunk->next;
    if (chunk->next != NULL)
        chunk->next->before = chunk->before;
}

static bool more_chunks(struct lv_slab *slab)
{
    uint32_t i;
    char *block;

    if (!lv_vector_reserve(&slab->empty, &slab->empty_room,
                           (uint64_t)slab->empty_count + CHUNKS,
                           sizeof(struct lv_slab_chunk *)))
        return false;
    block = lv_calloc(CHUNKS + 1, CHUNK);
    if (block == NULL)
        return false;
    block += -(uintptr_t)block & (CHUNK - 1);
    for (i = CHUNKS; i-- > 0;)
        slab->empty[slab->empty_count++] =
            (struct lv_slab_chunk *)(void *)(block + i * CHUNK);
    return true;
}

/* Of one that was given back nothing is left but zeros. */
static bool open_chunk(struct lv_slab *slab)
{
    struct lv_slab_chunk *chunk;

    if (slab->empty_count == 0 && !more_chunks(slab))
        return false;
    chunk = slab->empty[--slab->empty_count];
    *chunk = (struct lv_slab_chunk){.fresh = 1};
    link_in(slab, chunk);
    return true;
}

void *lv_slab_take(struct lv_slab *slab)
{
    struct lv_slab_chunk *chunk;
    uint64_t *slot;

    if (slab->room == NULL && !open_chunk(slab))
        return NULL;
    chunk = slab->room;
    if (chunk->free != 0) {
        slot = slot_at(slab, chunk, chunk->free);
        chunk->free = (uint16_t)*slot;
    } else {
        slot = slot_at(slab, chunk, chunk->fresh++);
    }
    chunk->taken++;
    if (chunk->free == 0 && chunk->fresh == slots_of(slab))
        unlink_from(slab, chunk);
    return slot;
}

/* One empty chunk is kept, so that the next slot does not cost a page. */
static void close_chunk(struct lv_slab *slab, struct lv_slab_chunk *chunk)
{
    if ((slab->room == chunk && chunk->next == NULL) ||
        !lv_vector_reserve(&slab->empty, &slab->empty_room,
                           (uint64_t)slab->empty_count + 1,
                           sizeof(struct lv_slab_chunk *)))
        return;
    unlink_from(slab, chunk);
    lv_discard(chunk, CHUNK);
    slab->empty[slab->empty_count++] = chunk;
}

void lv_slab_give(struct lv_slab *slab, void *slot)
{
    uintptr_t offset = (uintptr_t)slot & (CHUNK - 1);
    struct lv_slab_chunk *chunk =
        (struct lv_slab_chunk *)((char *)slot - offset);

    if (chunk->free == 0 && chunk->fresh == slots_of(slab))
        link_in(slab, chunk);
    __atomic_store_n((uint64_t *)slot, chunk->free, __ATOMIC_RELAXED);
    chunk->free = (uint16_t)(offset / slab->size);
    if (--chunk->taken == 0)
        close_chunk(slab, chunk);
}
