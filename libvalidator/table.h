/* SPDX-License-Identifier: BSD-2-Clause */
/* table.h: a hash index over an array of records, and a vector's growth.
 *
 * The records stay the caller's, in one array; the first 8 bytes of each are
 * its key. The table holds their indices alone, 4 bytes a slot, half full at
 * most: open addressing, probing in steps of LV_TABLE_STRIDE. Used by graph,
 * segment, order and their kin. Not thread-safe. Includes no other module. */
#ifndef LV_TABLE_H
#define LV_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LV_TABLE_NONE UINT32_MAX

/* All zeros: an empty table. */
struct lv_table {
    uint32_t *slot; /* record index + 1; 0: free */
    uint32_t mask;
    uint32_t used;
};

static inline uint64_t lv_table_mix(uint64_t key)
{
    key ^= key >> 32; /* both steps: MurmurHash3's finalizer */
    key *= 0xff51afd7ed558ccdULL;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53ULL;
    return key ^ key >> 33;
}

/* Where a key's search begins. Small keys are ids, given out one by one: each
 * sixteen share a cache line, and the lines are apart. A search goes on with
 * steps that leave the line, so that where two such runs meet neither has to
 * pass over all of the other; odd ones, which come by every slot. */
#define LV_TABLE_STRIDE 17u
static inline uint64_t lv_table_home(uint64_t key)
{
    return key >> 32 == 0 ? lv_table_mix(key >> 4) << 4 | (key & 15)
                          : lv_table_mix(key);
}

static inline uint64_t lv_table_key(const void *records, size_t stride,
                                    uint32_t index)
{
    uint64_t key;

    memcpy(&key, (const char *)records + stride * index, sizeof key);
    return key;
}

/* Index of the record with `key`, or LV_TABLE_NONE. */
static inline uint32_t lv_table_find(const struct lv_table *table,
                                     const void *records, size_t stride,
                                     uint64_t key)
{
    uint64_t at = lv_table_home(key);
    uint32_t index;

    if (table->slot == NULL)
        return LV_TABLE_NONE;
    for (;; at += LV_TABLE_STRIDE) {
        index = table->slot[at & table->mask];
        if (index == 0)
            return LV_TABLE_NONE;
        if (lv_table_key(records, stride, index - 1) == key)
            return index - 1;
    }
}

bool lv_table_grow(struct lv_table *table, const void *records, size_t stride);

/* Make room for one more record. False: no memory, nothing changed. */
static inline bool lv_table_reserve(struct lv_table *table, const void *records,
                                    size_t stride)
{
    return ((uint64_t)table->used + 1) * 2 <= (uint64_t)table->mask + 1 ||
           lv_table_grow(table, records, stride);
}

/* Enter record `index`, whose key is not there yet; after lv_table_reserve. */
void lv_table_add(struct lv_table *table, const void *records, size_t stride,
                  uint32_t index);

/* Drop `key`, whose record still stands; harmless if it is not there. */
void lv_table_remove(struct lv_table *table, const void *records, size_t stride,
                     uint64_t key);

void lv_table_free(struct lv_table *table);

/* Room for `count` things of `size` bytes in *vector, which has room for
 * *room; it doubles. False: no memory (or beyond what an index can name),
 * nothing changed. */
bool lv_vector_grow(void *vector, uint32_t *room, uint64_t count, size_t size);
static inline bool lv_vector_reserve(void *vector, uint32_t *room,
                                     uint64_t count, size_t size)
{
    return count <= *room || lv_vector_grow(vector, room, count, size);
}

/* Heap sort: in place, no recursion, no allocation (libc's qsort may call the
 * program's malloc). `less` compares elements; `size` up to 64. */
void lv_sort(void *base, size_t count, size_t size,
             bool (*less)(const void *, const void *, const void *context),
             const void *context);

/* Sort ids, and look one up among sorted ones. */
void lv_sort_ids(uint32_t *id, size_t count);
bool lv_ids_contain(const uint32_t *sorted, uint32_t count, uint32_t id);

#endif
