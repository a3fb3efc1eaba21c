/* SPDX-License-Identifier: BSD-2-Clause */
/* slab.h: many small things of one size, whose memory is given back.
 *
 * A slab takes its slots from chunks of 64 KiB. A chunk in which no slot is
 * taken any more gives its pages back to the system, but keeps its addresses
 * for ever: so a stale pointer to a slot can be read at any time, and finds
 * what was left there, what is there now, or zeros.
 *
 * Costs a header of one slot per chunk, and a few instructions per call. Not
 * thread-safe. Includes memory.h. Used by instance.c and pairs.c. */
#ifndef LV_SLAB_H
#define LV_SLAB_H

#include <stdint.h>

struct lv_slab_chunk;

/* All zeros but for `size`: an empty slab of slots of that many bytes, a
 * multiple of 16, from 32 to 1024. */
struct lv_slab {
    uint32_t size;
    struct lv_slab_chunk *room;   /* chunks with a free slot */
    struct lv_slab_chunk **empty; /* chunks that were given back */
    uint32_t empty_count, empty_room;
};

/* A slot; NULL: no memory. It holds zeros, or what was left in it. Its first
 * 8 bytes are the slab's while it is free, and then below 65,536. */
void *lv_slab_take(struct lv_slab *slab);

/* Give a slot back to the slab that it came from. */
void lv_slab_give(struct lv_slab *slab, void *slot);

#endif
