/* SPDX-License-Identifier: BSD-2-Clause */
/* unit.h: which compilation unit an address of code belongs to.
 *
 * libdw looks it up in .debug_aranges, which clang and rustc do not write; so
 * this lists the ranges that the units themselves tell.
 * Includes tool.h, libdw; used by symbols.c. */
#ifndef UNIT_H
#define UNIT_H

#include <elfutils/libdw.h>

#include "tool.h"

struct unit_table {
    struct unit {
        uint64_t start, end;
        Dwarf_Die die;
    } * item; /* by start; malloc'ed */
    size_t count, room;
};

void unit_collect(struct unit_table *table, Dwarf *dwarf);

/* The unit whose code `address` is in, or NULL. */
Dwarf_Die *unit_find(const struct unit_table *table, uint64_t address);

#endif
