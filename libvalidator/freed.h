/* SPDX-License-Identifier: BSD-2-Clause */
/* freed.h: declared locks whose memory the program told to be freed
 * (lockval_memory_freed), until they are initialised again.
 *
 * A pool that the validator cannot see keeps the memory, so a thread with a
 * stale pointer can still take a lock in it: what it takes is remembered here,
 * by address. Only locks that annotations take are: others may come to life in
 * reused memory without a word. One entry for each of 4096 hashes of addresses:
 * a newer lock takes an older one's place, and that one's misuse goes untold.
 * Slow path, under the engine's lock. Includes instance.h. Used by life.c. */
#ifndef LV_FREED_H
#define LV_FREED_H

#include <stdbool.h>
#include <stdint.h>

#include "instance.h"

struct lv_freed {
    uintptr_t lock; /* 0: none */
    uint32_t class_id;
    uint32_t stack;  /* of the free */
    uint32_t thread; /* who freed */
    uint8_t family;
};

/* True for locks that are to be remembered. */
bool lv_freed_keeps(const struct lv_instance *instance);

/* `instance` is about to end as `thread` frees its memory at `stack`. */
void lv_freed_add(const struct lv_instance *instance, uint32_t stack,
                  uint32_t thread);

/* Whether a lock of `family` at `lock` was freed; it is forgotten then. */
bool lv_freed_take(uintptr_t lock, uint8_t family, struct lv_freed *found);

/* A lock begins its life there properly. */
void lv_freed_forget(uintptr_t lock);

#endif
