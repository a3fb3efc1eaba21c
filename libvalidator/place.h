/* SPDX-License-Identifier: BSD-2-Clause */
/* place.h: addresses as records hold them.
 *
 * lv_module_place, and the record's MODULE entry of each module that is named
 * for the first time. Slow path, under the engine's lock, with no entry open.
 * Includes module.h, record.h. */
#ifndef LV_PLACE_H
#define LV_PLACE_H

#include <stddef.h>

#include "record_format.h"

lv_place lv_place_of(uintptr_t address);

/* The same for each of a stack's. */
void lv_places_of(const uintptr_t *address, size_t count, lv_place *place);

/* Name all modules that are known, from the `from`-th on (lv_module_at), but
 * for our own: what else was loaded is part of what a report says. */
void lv_place_modules(size_t from);

#endif
