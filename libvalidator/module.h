/* SPDX-License-Identifier: BSD-2-Clause */
/* module.h: which loaded file an address lies in, without the loader's lock.
 *
 * Known modules stand in an array that only grows; a reload at the same address
 * is a new module with a new id. An unknown address is looked up with
 * _dl_find_object (glibc 2.35: lock-free, made for unwinders); where that is
 * missing the list made at start is all there is.
 * Includes memory.h, record_format.h. Used by unwind.c, stack.c, class.c. */
#ifndef LV_MODULE_H
#define LV_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_format.h"

struct lv_module {
    uint32_t id; /* from 1 */
    bool gone;   /* unloaded */
    bool ours;   /* libvalidator.so itself, or libunwind */
    uint64_t bias;
    uintptr_t start, end; /* mapped range */
    uintptr_t data_start, data_end; /* its writable segments, 0: none */
    const void *phdr;     /* ElfW(Phdr) array in memory */
    uint16_t phnum;
    uint32_t build_id_size;
    uint8_t build_id[32];
    const char *path; /* ours to keep; "" for none */
};

/* Called once for each module when it is first known, with the module list's
 * lock held; writes the record's MODULE entry. May be NULL. */
typedef void lv_module_sink(const struct lv_module *module);

/* List what is loaded now; once, from the constructor. */
void lv_module_start(lv_module_sink *sink);

/* The module that `address` lies in, or NULL. Learns modules that were loaded
 * since. The pointer stays valid for ever. Any context but signal handlers
 * that interrupted this module's own functions (the slow path blocks signals).
 */
const struct lv_module *lv_module_find(uintptr_t address);

/* The address as it goes into a record. */
lv_place lv_module_place(uintptr_t address);

/* Number of modules known, gone ones included, and the i-th of them. */
size_t lv_module_count(void);
const struct lv_module *lv_module_at(size_t i);

/* After a dlclose: mark what is no longer loaded as gone, and call `gone` for
 * each. */
void lv_module_drop_unloaded(void (*gone)(const struct lv_module *module));

#endif
