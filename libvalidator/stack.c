/* SPDX-License-Identifier: BSD-2-Clause */
/* stack.c: see stack.h. */
#include "stack.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "hash.h"
#include "place.h"
#include "record.h"
#include "unwind.h"

static struct lv_hash known; /* key of the addresses -> stack number */
static uint32_t last;
static _Atomic uint64_t era; /* part of each key: raised when code goes */

/* ---- taken before -------------------------------------------------------- */

/* Return addresses in use lie above the caller of this; the innermost not far.
 * Each slot that holds what it held proves the next one to be of the same
 * stack, and so readable. */
__attribute__((no_sanitize("address"))) static bool
still_stands(const struct lv_stack_memo *memo, uintptr_t here)
{
    enum { HOOKS = 2048 }; /* bytes of our own frames */
    size_t i;

    if ((uintptr_t)memo->slot[0] - here >= HOOKS)
        return false;
    for (i = 0; i < memo->count; i++)
        if (lv_unwind_bare(*(const volatile uintptr_t *)memo->slot[i]) !=
            memo->frame[i])
            return false;
    return true;
}

static bool is_now(const struct lv_stack_memo *memo, uintptr_t caller,
                   size_t max)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    return memo->count != 0 && memo->frame[0] == caller && memo->max == max &&
           memo->era == era && still_stands(memo, here);
}

static const struct lv_stack_memo *memo_of(const struct lv_stack *stack,
                                           uintptr_t caller)
{
    return &stack->memo[(caller >> 2) % LV_STACK_MEMOS];
}

uint32_t lv_stack_known(const struct lv_stack *stack, uintptr_t caller,
                        size_t max)
{
    const struct lv_stack_memo *memo = memo_of(stack, caller);

    return memo->id != 0 && is_now(memo, caller, max) ? memo->id : 0;
}

static bool recall(struct lv_stack *stack, struct lv_stack_memo *memo,
                   uintptr_t caller, size_t max)
{
    if (!is_now(memo, caller, max))
        return false;
    stack->count = memo->count;
    stack->id = memo->id;
    stack->from = memo;
    memcpy(stack->frame, memo->frame, memo->count * sizeof memo->frame[0]);
    return true;
}

static void remember(struct lv_stack *stack, struct lv_stack_memo *memo,
                     const uintptr_t *const *slot, size_t max)
{
    size_t i;

    stack->id = 0;
    stack->from = NULL;
    memo->count = 0;
    if (stack->count == 0 || stack->count > LV_STACK_MEMO)
        return;
    for (i = 0; i < stack->count; i++)
        if (slot[i] == NULL)
            return;
    memo->era = era;
    memo->max = max;
    memo->count = stack->count;
    memo->id = 0;
    memcpy(memo->frame, stack->frame, stack->count * sizeof memo->frame[0]);
    memcpy(memo->slot, slot, stack->count * sizeof memo->slot[0]);
    stack->from = memo;
}

void lv_stack_take(struct lv_stack *stack, uintptr_t caller, size_t max)
{
    struct lv_stack_memo *memo =
        (struct lv_stack_memo *)(uintptr_t)memo_of(stack, caller);
    const uintptr_t *slot[LV_STACK_MEMO];

    if (max > LV_STACK_MAX)
        max = LV_STACK_MAX;
    if (recall(stack, memo, caller, max))
        return;
    stack->count =
        lv_unwind_slots(caller, stack->frame, max, slot, LV_STACK_MEMO);
    remember(stack, memo, slot, max);
}

/* ---- numbers ------------------------------------------------------------- */

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

    lv_places_of(stack->frame, stack->count, place);
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

uint32_t lv_stack_intern(struct lv_stack *stack)
{
    uint64_t *id;

    if (stack->count == 0 || stack->id != 0)
        return stack->count == 0 ? 0 : stack->id;
    id = lv_hash_put(&known, lv_stack_key(stack, stack->count));
    if (id == NULL) {
        lv_record_lost(LV_LOST_STACK);
        return 0;
    }
    if (*id == 0)
        *id = write_stack(stack);
    stack->id = *id;
    if (stack->from != NULL)
        stack->from->id = *id;
    return *id;
}

void lv_stack_forget(void)
{
    era++;
}
