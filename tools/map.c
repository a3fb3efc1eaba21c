/* SPDX-License-Identifier: BSD-2-Clause */
/* map.c: see map.h. Open addressing, at most three quarters full. */
#include "map.h"

#include <stdlib.h>
#include <string.h>

static void *new_slots(size_t count, size_t size)
{
    void *slots = calloc(count, size);

    if (slots == NULL)
        tool_out_of_memory();
    return slots;
}

static bool too_full(size_t count, size_t room)
{
    return 4 * (count + 1) > 3 * room;
}

/* ---- ids ----------------------------------------------------------------- */

static struct map_slot *seek(const struct map *map, uint32_t key)
{
    size_t at = (key * 0x9e3779b97f4a7c15ULL) >> 32 & (map->room - 1);

    while (map->slot[at].value != 0 && map->slot[at].key != key)
        at = (at + 1) & (map->room - 1);
    return &map->slot[at];
}

uint32_t map_find(const struct map *map, uint32_t key)
{
    return map->room == 0 ? 0 : seek(map, key)->value;
}

static void widen(struct map *map)
{
    struct map old = *map;
    size_t i;

    map->room = old.room > 0 ? 2 * old.room : 64;
    map->slot = new_slots(map->room, sizeof(*map->slot));
    for (i = 0; i < old.room; i++)
        if (old.slot[i].value != 0)
            *seek(map, old.slot[i].key) = old.slot[i];
    free(old.slot);
}

bool map_add(struct map *map, uint32_t key, uint32_t value)
{
    struct map_slot *slot;

    if (too_full(map->count, map->room))
        widen(map);
    slot = seek(map, key);
    if (slot->value != 0)
        return false;
    slot->key = key;
    slot->value = value;
    map->count++;
    return true;
}

void map_free(struct map *map)
{
    free(map->slot);
    memset(map, 0, sizeof(*map));
}

/* ---- bytes --------------------------------------------------------------- */

static struct intern_slot *seek_bytes(const struct intern *intern,
                                      uint64_t hash, const void *bytes,
                                      size_t size)
{
    size_t at = hash & (intern->room - 1);

    for (;; at = (at + 1) & (intern->room - 1)) {
        struct intern_slot *slot = &intern->slot[at];

        if (slot->bytes == NULL || (slot->hash == hash && slot->size == size &&
                                    memcmp(slot->bytes, bytes, size) == 0))
            return slot;
    }
}

static void widen_intern(struct intern *intern)
{
    struct intern old = *intern;
    size_t i;

    intern->room = old.room > 0 ? 2 * old.room : 64;
    intern->slot = new_slots(intern->room, sizeof(*intern->slot));
    for (i = 0; i < old.room; i++) {
        const struct intern_slot *slot = &old.slot[i];

        if (slot->bytes != NULL)
            *seek_bytes(intern, slot->hash, slot->bytes, slot->size) = *slot;
    }
    free(old.slot);
}

uint32_t intern_add(struct intern *intern, struct tool_arena *arena,
                    const void *bytes, size_t size, bool *added)
{
    uint64_t hash = tool_hash(TOOL_HASH, bytes, size);
    struct intern_slot *slot;

    if (too_full(intern->count, intern->room))
        widen_intern(intern);
    slot = seek_bytes(intern, hash, bytes, size);
    *added = slot->bytes == NULL;
    if (!*added)
        return slot->id;
    slot->hash = hash;
    slot->bytes = tool_copy(arena, bytes, size);
    slot->size = size;
    slot->id = (uint32_t)++intern->count;
    return slot->id;
}

void intern_free(struct intern *intern)
{
    free(intern->slot);
    memset(intern, 0, sizeof(*intern));
}
