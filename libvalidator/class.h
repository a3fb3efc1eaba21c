/* SPDX-License-Identifier: BSD-2-Clause */
/* class.h: lock classes by number, each written to the record once.
 *
 * A class is keyed by where its locks come from: a declared name, the lock's
 * place in a module's data, the call path of its init, the path of its first
 * acquisition, or its place in a stack frame; and by family and subclass.
 * Slow path only, under the engine's lock. Numbers are 0 where memory or the
 * record ran out (counted).
 * Includes record.h, hash.h, stack.h. */
#ifndef LV_CLASS_H
#define LV_CLASS_H

#include <stdint.h>

#include "record_format.h"

struct lv_class {
    uint32_t flags; /* LV_CLASS_* */
    uint32_t base;  /* class of subclass 0, 0 if this is it */
    uint16_t kind;
    uint8_t subclass;
    uint8_t family;
    const struct lv_rec_class *entry; /* in the record's mapping */
};

/* The class `id`, which must not be 0; valid until the next new class. */
const struct lv_class *lv_class_get(uint32_t id);

uint32_t lv_class_declared(const char *name, uint8_t family, uint32_t flags);
uint32_t lv_class_static(lv_place site, uint8_t family, uint32_t stack);
uint32_t lv_class_path(enum lv_class_kind kind, uint64_t path, uint8_t family,
                       uint32_t stack);
/* Keyed by the function and the offset; `code` is a place in it from which its
 * variables can be seen. */
uint32_t lv_class_frame(lv_place function, lv_place code, int64_t offset,
                        uint8_t family, uint32_t stack);

/* Subclass `n` of class `base`; n 0 is `base` itself. */
uint32_t lv_class_sub(uint32_t base, uint8_t n);

#endif
