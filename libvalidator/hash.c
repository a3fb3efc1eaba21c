/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.c: see hash.h. */
#include "hash.h"

#include "memory.h"

/* Key 0 marks a free slot; the one key that is 0 shares with 1. */
static uint64_t nonzero(uint64_t key)
{
    return key == 0 ? 1 : key;
}

static struct lv_hash_slot *probe(const struct lv_hash *hash, uint64_t key)
{
    size_t i = key & (hash->size - 1);

    while (hash->slot[i].key != 0 && hash->slot[i].key != key)
        i = (i + 1) & (hash->size - 1);
    return &hash->slot[i];
}

static int grow(struct lv_hash *hash)
{
    struct lv_hash next = {.size = hash->size == 0 ? 256 : hash->size * 2};
    size_t i;

    next.slot = lv_calloc(next.size, sizeof *next.slot);
    if (next.slot == NULL)
        return 0;
    lv_populate(next.slot, next.size * sizeof *next.slot);
    for (i = 0; i < hash->size; i++)
        if (hash->slot[i].key != 0)
            *probe(&next, hash->slot[i].key) = hash->slot[i];
    next.used = hash->used;
    lv_free(hash->slot);
    *hash = next;
    return 1;
}

uint64_t *lv_hash_put(struct lv_hash *hash, uint64_t key)
{
    struct lv_hash_slot *slot;

    if (hash->used >= hash->size / 4 * 3 && !grow(hash))
        return NULL;
    key = nonzero(key);
    slot = probe(hash, key);
    if (slot->key == 0) {
        slot->key = key;
        hash->used++;
    }
    return &slot->value;
}

uint64_t *lv_hash_get(const struct lv_hash *hash, uint64_t key)
{
    struct lv_hash_slot *slot;

    if (hash->size == 0)
        return NULL;
    slot = probe(hash, nonzero(key));
    return slot->key == 0 ? NULL : &slot->value;
}
