/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.h: 64-bit keys to 64-bit values.
 *
 * Open addressing with linear probing (Knuth, TAOCP 3, 6.4, algorithm L); keys
 * are hashes already, so equal keys are taken for equal things: with n keys the
 * chance of one mistake is n^2 / 2^65. Grows without limit; never shrinks.
 * For what is only ever asked by its hash; table.h is for records in an array,
 * which have keys that can be compared, and go again.
 * Not thread-safe. Includes memory.h. */
#ifndef LV_HASH_H
#define LV_HASH_H

#include <stddef.h>
#include <stdint.h>

struct lv_hash {
    struct lv_hash_slot {
        uint64_t key; /* 0: free */
        uint64_t value;
    } * slot;
    size_t size; /* a power of two, or 0 */
    size_t used;
};

/* The value of `key`, 0 when it is new. NULL: out of memory, nothing changed.
 * The pointer is valid until the next put. */
uint64_t *lv_hash_put(struct lv_hash *hash, uint64_t key);

/* The value of `key`, or NULL if it was never put. */
uint64_t *lv_hash_get(const struct lv_hash *hash, uint64_t key);

/* Fold `value` into `key`: multiply-xorshift (Stafford's variant 13 of the
 * MurmurHash3 finaliser). Order matters. */
static inline uint64_t lv_mix(uint64_t key, uint64_t value)
{
    uint64_t x = key + value + 0x9e3779b97f4a7c15ULL;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return (x ^ (x >> 31)) + (key << 1);
}

#endif
