/* SPDX-License-Identifier: BSD-2-Clause */
/* unit.c: see unit.h. */
#include "unit.h"

#include <stdlib.h>

static void add_ranges(struct unit_table *table, Dwarf_Die *die)
{
    Dwarf_Addr base, start, end;
    ptrdiff_t at = 0;

    while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0)
        if (start < end && start != 0) /* 0: code that the linker dropped */
            *TOOL_PUSH(table->item, table->count, table->room) =
                (struct unit){start, end, *die};
}

static int by_start(const void *left, const void *right)
{
    const struct unit *a = left, *b = right;

    return (a->start > b->start) - (a->start < b->start);
}

void unit_collect(struct unit_table *table, Dwarf *dwarf)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;

    while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0)
        add_ranges(table, &die);
    if (table->count > 0)
        qsort(table->item, table->count, sizeof(*table->item), by_start);
}

Dwarf_Die *unit_find(const struct unit_table *table, uint64_t address)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->item[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address >= table->item[low - 1].end)
        return NULL;
    return &table->item[low - 1].die;
}
