/* SPDX-License-Identifier: BSD-2-Clause */
/* freed.c: see freed.h. */
#include "freed.h"

#include "class.h"
#include "hash.h"

enum { ENTRIES = 4096 };

static struct lv_freed freed[ENTRIES];

static struct lv_freed *entry_of(uintptr_t lock)
{
    return &freed[lv_mix(0xf4eed, lock) % ENTRIES];
}

bool lv_freed_keeps(const struct lv_instance *instance)
{
    return instance->class_id != 0 &&
           (instance->family == LV_FAMILY_ANNOTATED ||
            instance->family == LV_FAMILY_SEQCOUNT) &&
           lv_class_get(instance->class_id)->kind == LV_CLASS_DECLARED;
}

void lv_freed_add(const struct lv_instance *instance, uint32_t stack,
                  uint32_t thread)
{
    *entry_of(instance->lock) = (struct lv_freed){
        .lock = instance->lock,
        .class_id = instance->class_id,
        .stack = stack,
        .thread = thread,
        .family = instance->family,
    };
}

bool lv_freed_take(uintptr_t lock, uint8_t family, struct lv_freed *found)
{
    struct lv_freed *entry = entry_of(lock);

    if (entry->lock != lock || lock == 0 || entry->family != family)
        return false;
    *found = *entry;
    entry->lock = 0;
    return true;
}

void lv_freed_forget(uintptr_t lock)
{
    struct lv_freed *entry = entry_of(lock);

    if (entry->lock == lock)
        entry->lock = 0;
}
