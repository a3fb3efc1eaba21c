/* SPDX-License-Identifier: BSD-2-Clause */
/* typesafe.h: caches whose objects stay of one type over a grace period.
 *
 * An object that is given back may be taken again at once: an RCU reader that
 * still has a pointer finds an object of that type, not necessarily the one it
 * looked for, and must look again once it has a reference or a lock.
 *
 * Stands for SLAB_TYPESAFE_BY_RCU (mm/slub.c, v6.12): vm_area_cachep since
 * v6.15, anon_vma_cachep. Simplified: an object is a page of the pool, as all
 * objects are; pages go back only when a cache is shrunk. */
#ifndef MM_TYPESAFE_H
#define MM_TYPESAFE_H

#include "spinlock.h"

/* Embedded in the object, and overwritten by nothing that its readers need. */
struct typesafe {
    struct typesafe *next;
};

/* All zero: empty. */
struct typesafe_cache {
    arch_spinlock_t lock;
    struct typesafe *first;
};

/* An object that was given back, the newest first, its contents as they were;
 * NULL: allocate one. */
struct typesafe *typesafe_take(struct typesafe_cache *cache);
void typesafe_give(struct typesafe_cache *cache, struct typesafe *object);

/* Free what is in the cache to the pool; waits for a grace period. */
void typesafe_shrink(struct typesafe_cache *cache);

#endif
