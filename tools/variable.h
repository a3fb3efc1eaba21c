/* SPDX-License-Identifier: BSD-2-Clause */
/* variable.h: variables of a module's debug information by where they lie, and
 * the expression that names a byte inside one.
 * Includes model.h, libdw; used by symbols.c. */
#ifndef VARIABLE_H
#define VARIABLE_H

#include <elfutils/libdw.h>

#include "model.h"

/* A static variable: [start, start + size) in the module. */
struct variable {
    uint64_t start, size;
    Dwarf_Die die;
};

struct variable_table {
    struct variable *item; /* by start; malloc'ed */
    size_t count, room;
};

/* Collect every variable with a fixed address. May be slow: once a module. */
void variable_collect(struct variable_table *table, Dwarf *dwarf);

/* The one that `address` lies in, or NULL. */
const struct variable *variable_find(const struct variable_table *table,
                                     uint64_t address);

/* `variable[3].member` for the byte `offset` inside `die`, down to the lock of
 * this family; in `arena`. */
char *variable_expression(struct tool_arena *arena, Dwarf_Die *die,
                          uint64_t offset, uint32_t family);

/* The local variable of `function` (a subprogram's DIE) that holds the byte
 * `cfa_offset` from the CFA, and the offset inside it. A variable whose block
 * has `pc` in it wins. */
bool variable_local(Dwarf_Die *function, uint64_t pc, int64_t cfa_offset,
                    Dwarf_Die *found, uint64_t *inside);

#endif
