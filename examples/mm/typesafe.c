/* SPDX-License-Identifier: BSD-2-Clause */
/* typesafe.c: see typesafe.h. */
#include "typesafe.h"

#include "page_alloc.h"
#include "rcu.h"

struct typesafe *typesafe_take(struct typesafe_cache *cache)
{
    struct typesafe *object;

    arch_spin_lock(&cache->lock);
    object = cache->first;
    if (object != NULL)
        cache->first = object->next;
    arch_spin_unlock(&cache->lock);
    return object;
}

void typesafe_give(struct typesafe_cache *cache, struct typesafe *object)
{
    arch_spin_lock(&cache->lock);
    object->next = cache->first;
    cache->first = object;
    arch_spin_unlock(&cache->lock);
}

void typesafe_shrink(struct typesafe_cache *cache)
{
    struct typesafe *object, *next;

    arch_spin_lock(&cache->lock);
    object = cache->first;
    cache->first = NULL;
    arch_spin_unlock(&cache->lock);
    if (object == NULL)
        return;
    synchronize_rcu();
    for (; object != NULL; object = next) {
        next = object->next;
        kmem_cache_free(page_address(virt_to_page(object)));
    }
}
