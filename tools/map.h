/* SPDX-License-Identifier: BSD-2-Clause */
/* map.h: two small hash tables.
 *
 * A map takes 32-bit ids of a file, which may be any numbers, to ours. An
 * intern table gives equal runs of bytes the same id, counted from 1. Both
 * begin as {0} and are emptied by their free function.
 * Includes tool.h; used by the model. */
#ifndef MAP_H
#define MAP_H

#include "tool.h"

struct map {
    struct map_slot {
        uint32_t key, value; /* value 0: empty */
    } * slot;
    size_t count, room; /* room: 0 or a power of two */
};

/* The value of `key`, or 0 if there is none. */
uint32_t map_find(const struct map *map, uint32_t key);

/* Set `key` to `value`, not 0. False: it was there already; nothing changed. */
bool map_add(struct map *map, uint32_t key, uint32_t value);

void map_free(struct map *map);

struct intern {
    struct intern_slot {
        uint64_t hash;
        const void *bytes; /* NULL: empty */
        size_t size;
        uint32_t id;
    } * slot;
    size_t count, room;
};

/* The id of these bytes; `*added` tells if it is new. They are copied into
 * `arena`, which must outlive the table. */
uint32_t intern_add(struct intern *intern, struct tool_arena *arena,
                    const void *bytes, size_t size, bool *added);

void intern_free(struct intern *intern);

#endif
