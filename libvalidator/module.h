/* SPDX-License-Identifier: BSD-2-Clause */
/* module.h: which loaded file an address lies in, without the loader's lock.
 *
 * Known modules stand in an array that only grows; a reload at the same address
 * is a new module with a new id. An unknown address is looked up with
 * _dl_find_object (glibc 2.35: lock-free, made for unwinders); where that is
 * missing the list made at start is all there is.
 * Includes record_format.h. Used by unwind.c, place.c, class.c, instance.c. */
#ifndef LV_MODULE_H
#define LV_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_format.h"

/* Nothing but `gone` and `ours` changes once a module is listed. */
struct lv_module {
    uint32_t id;       /* from 1 */
    _Atomic bool gone; /* unloaded */
    _Atomic bool ours; /* libvalidator.so itself, or libunwind */
    bool followed;     /* _dl_find_object knows it: can be seen to go */
    bool glib;         /* libglib-2.0 */
    uint16_t phnum;
    const void *phdr; /* ElfW(Phdr) array in memory; NULL: not found */
    uint64_t bias;
    uintptr_t start, end;           /* mapped range */
    uintptr_t data_start, data_end; /* its writable segments, 0: none */
    uint32_t build_id_size;
    uint8_t build_id[32];
    const char *path; /* ours to keep; "" for none */
};

/* Called once for each module when it is first known, with the module list's
 * lock held; writes the record's MODULE entry. May be NULL. */
typedef void lv_module_sink(const struct lv_module *module);

/* List what is loaded now; once, from the constructor: takes the loader's lock.
 * The module that this code is in is ours, unless it is the main program (as
 * in a unit test). */
void lv_module_start(lv_module_sink *sink);

/* The module that `address` lies in, or NULL. Learns modules that were loaded
 * since. The pointer stays valid for ever. Any context but signal handlers
 * that interrupted this module's own functions (the slow path blocks signals).
 */
const struct lv_module *lv_module_find(uintptr_t address);

/* How many bytes from the thread pointer on hold the thread-local storage of
 * what was loaded at start, where that lies behind it, as on AArch64. */
size_t lv_module_local(void);

/* Learn all that is loaded now. Takes the loader's lock: from the destructor,
 * with none of ours held. */
void lv_module_refresh(void);

/* The module that `address` lies in is ours too: its frames are not the
 * program's. */
void lv_module_claim(uintptr_t address);

/* The address as it goes into a record; `module`: the one that it lies in, or
 * NULL. */
lv_place lv_module_place(uintptr_t address);
lv_place lv_module_place_in(const struct lv_module *module, uintptr_t address);

/* Number of modules known, gone ones included, and the i-th of them (id
 * i + 1). */
size_t lv_module_count(void);
const struct lv_module *lv_module_at(size_t i);

/* After a dlclose: mark what is no longer loaded as gone, and call `gone` (may
 * be NULL) for each when the module list's lock is free again. */
void lv_module_drop_unloaded(void (*gone)(void *context,
                                          const struct lv_module *module),
                             void *context);

/* Around fork: nobody may be learning a module while the process forks. */
void lv_module_fork_prepare(void);
void lv_module_fork_parent(void);
void lv_module_fork_child(void);

#endif
