/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c: hash index, vector growth and sorting.
 * Includes table.h, memory.h. */
#include "table.h"

#include "memory.h"

static void enter(struct lv_table *table, uint64_t key, uint32_t index)
{
    uint64_t at = lv_table_home(key);

    while (table->slot[at & table->mask] != 0)
        at += LV_TABLE_STRIDE;
    table->slot[at & table->mask] = index + 1;
}

bool lv_table_grow(struct lv_table *table, const void *records, size_t stride)
{
    struct lv_table bigger = {0};
    uint64_t slots = table->slot == NULL ? 32 : (uint64_t)table->mask + 1;
    uint32_t i;

    if (table->slot != NULL)
        slots *= 2;
    if (slots > UINT32_MAX)
        return false;
    bigger.slot = lv_calloc(slots, sizeof *bigger.slot);
    if (bigger.slot == NULL)
        return false;
    lv_populate(bigger.slot, slots * sizeof *bigger.slot);
    bigger.mask = (uint32_t)slots - 1;
    bigger.used = table->used;
    for (i = 0; table->slot != NULL && i <= table->mask; i++)
        if (table->slot[i] != 0)
            enter(&bigger, lv_table_key(records, stride, table->slot[i] - 1),
                  table->slot[i] - 1);
    lv_free(table->slot);
    *table = bigger;
    return true;
}

void lv_table_add(struct lv_table *table, const void *records, size_t stride,
                  uint32_t index)
{
    enter(table, lv_table_key(records, stride, index), index);
    table->used++;
}

/* Steps of a search from one slot to another: by the stride's inverse. */
static uint32_t steps(const struct lv_table *table, uint64_t from, uint64_t to)
{
    const uint32_t inverse = 0xf0f0f0f1;

    _Static_assert((uint32_t)(LV_TABLE_STRIDE * 0xf0f0f0f1u) == 1, "");
    return (uint32_t)(to - from) * inverse & table->mask;
}

/* Close the gap at `hole`: whoever probed across it moves back into it. */
static void close_gap(struct lv_table *table, const void *records,
                      size_t stride, uint64_t hole)
{
    uint64_t at = hole, home;
    uint32_t index;

    for (;;) {
        at = (at + LV_TABLE_STRIDE) & table->mask;
        index = table->slot[at];
        if (index == 0)
            break;
        home = lv_table_home(lv_table_key(records, stride, index - 1));
        if (steps(table, home, at) < steps(table, hole, at))
            continue;
        table->slot[hole] = index;
        hole = at;
    }
    table->slot[hole] = 0;
}

void lv_table_remove(struct lv_table *table, const void *records, size_t stride,
                     uint64_t key)
{
    uint64_t at = lv_table_home(key);
    uint32_t index;

    if (table->slot == NULL)
        return;
    for (;; at += LV_TABLE_STRIDE) {
        index = table->slot[at & table->mask];
        if (index == 0)
            return;
        if (lv_table_key(records, stride, index - 1) == key)
            break;
    }
    close_gap(table, records, stride, at & table->mask);
    table->used--;
}

void lv_table_free(struct lv_table *table)
{
    lv_free(table->slot);
    table->slot = NULL;
    table->mask = 0;
    table->used = 0;
}

/* A large one grows without being copied (memory_jemalloc.c), and so by little
 * at a time. */
static uint64_t next_room(uint64_t room, size_t size)
{
    enum { LARGE = 64 << 10 };

    return room + (room * size < LARGE ? room : room / 4) + 8;
}

bool lv_vector_grow(void *vector, uint32_t *room, uint64_t count, size_t size)
{
    uint64_t wanted = next_room(*room, size);
    void *old, *grown;

    if (wanted < count)
        wanted = count;
    if (wanted >= UINT32_MAX)
        wanted = UINT32_MAX - 1;
    if (wanted < count)
        return false;
    memcpy(&old, vector, sizeof old);
    grown = lv_realloc(old, wanted, size);
    if (grown == NULL)
        return false;
    memcpy(vector, &grown, sizeof grown);
    lv_populate((char *)grown + *room * size, (wanted - *room) * size);
    *room = (uint32_t)wanted;
    return true;
}

static void swap(char *a, char *b, size_t size)
{
    char keep[64];

    memcpy(keep, a, size);
    memcpy(a, b, size);
    memcpy(b, keep, size);
}

void lv_sort(void *base, size_t count, size_t size,
             bool (*less)(const void *, const void *, const void *context),
             const void *context)
{
    size_t end = count, start = count / 2, root, child;
    char *at = base;

    while (end > 1) {
        if (start > 0)
            start--;
        else
            swap(at, at + --end * size, size);
        for (root = start; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end &&
                less(at + child * size, at + (child + 1) * size, context))
                child++;
            if (!less(at + root * size, at + child * size, context))
                break;
            swap(at + root * size, at + child * size, size);
        }
    }
}

static bool smaller(const void *a, const void *b, const void *context)
{
    const uint32_t *left = a, *right = b;

    (void)context;
    return *left < *right;
}

void lv_sort_ids(uint32_t *id, size_t count)
{
    lv_sort(id, count, sizeof *id, smaller, NULL);
}

bool lv_ids_contain(const uint32_t *sorted, uint32_t count, uint32_t id)
{
    uint32_t low = 0, high = count, middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (sorted[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && sorted[low] == id;
}
