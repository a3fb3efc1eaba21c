/* SPDX-License-Identifier: BSD-2-Clause */
/* stack.c: see stack.h. */
#include "stack.h"

#include "hash.h"
#include "place.h"
#include "record.h"
#include "unwind.h"

static struct lv_hash known; /* key of the addresses -> stack number */
static uint32_t last;
static uint64_t era; /* part of each key: raised when code is unloaded */

void lv_stack_take(struct lv_stack *stack, uintptr_t caller, size_t max)
{
    if (max > LV_STACK_MAX)
        max = LV_STACK_MAX;
    stack->count = lv_unwind(caller, stack->frame, max);
}

uint64_t lv_stack_key(const struct lv_stack *stack, size_t frames)
{
    uint64_t key = lv_mix(0x57ac4, era);
    size_t i;

    for (i = 0; i < stack->count && i < frames; i++)
        key = lv_mix(key, stack->frame[i]);
    return key;
}

/* Modules are written when first met, so resolve all places before the entry
 * is opened. */
static uint32_t write_stack(const struct lv_stack *stack)
{
    static lv_place place[LV_STACK_MAX]; /* not on small stacks */
    struct lv_rec_stack *entry;
    size_t i;

    for (i = 0; i < stack->count; i++)
        place[i] = lv_place_of(stack->frame[i]);
    entry = lv_record_append(LV_REC_STACK,
                             sizeof *entry + stack->count * sizeof place[0]);
    if (entry == NULL)
        return 0;
    entry->id = ++last;
    entry->count = stack->count;
    for (i = 0; i < stack->count; i++)
        entry->frame[i] = place[i];
    lv_record_commit(entry);
    return entry->id;
}

uint32_t lv_stack_intern(const struct lv_stack *stack)
{
    uint64_t key = lv_stack_key(stack, stack->count);
    uint64_t *id;

    if (stack->count == 0)
        return 0;
    id = lv_hash_put(&known, key);
    if (id == NULL) {
        lv_record_lost(LV_LOST_STACK);
        return 0;
    }
    if (*id == 0)
        *id = write_stack(stack);
    return *id;
}

void lv_stack_forget(void)
{
    era++;
}
