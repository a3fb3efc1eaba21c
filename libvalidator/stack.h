/* SPDX-License-Identifier: BSD-2-Clause */
/* stack.h: stacks by number, each written to the record once.
 *
 * Slow path only. lv_stack_take runs outside the engine's lock, the rest under
 * it. Includes place.h, record.h, unwind.h, hash.h. */
#ifndef LV_STACK_H
#define LV_STACK_H

#include <stddef.h>
#include <stdint.h>

enum { LV_STACK_MAX = 512, LV_STACK_MEMO = 24, LV_STACK_MEMOS = 8 };

/* A stack that was taken before, and where its return addresses stood. As long
 * as the same ones stand there, from the innermost on, it is the same stack. */
struct lv_stack_memo {
    uint64_t era;
    size_t max, count; /* count 0: empty */
    uint32_t id;       /* 0: not interned yet */
    uintptr_t frame[LV_STACK_MEMO];
    const uintptr_t *slot[LV_STACK_MEMO];
};

struct lv_stack {
    size_t count;
    uint32_t id;                /* 0: not interned yet */
    struct lv_stack_memo *from; /* of `memo`, or NULL */
    uintptr_t frame[LV_STACK_MAX];
    struct lv_stack_memo memo[LV_STACK_MEMOS]; /* by the innermost frame */
};

/* The calling thread's stack from `caller` on, at most `max` frames. One that
 * was taken a short while ago is compared, not walked. */
void lv_stack_take(struct lv_stack *stack, uintptr_t caller, size_t max);

/* The number of the calling thread's stack, if it was taken with the same `max`
 * a short while ago, and interned; else 0. Any context. */
uint32_t lv_stack_known(const struct lv_stack *stack, uintptr_t caller,
                        size_t max);

/* Its number; the same addresses get the same number until code is unloaded.
 * 0: empty, or memory or record ran out (counted). */
uint32_t lv_stack_intern(struct lv_stack *stack);

/* A key for the innermost `frames` of it: equal for equal call paths. */
uint64_t lv_stack_key(const struct lv_stack *stack, size_t frames);

/* Code was unloaded: addresses may mean something else from now on. */
void lv_stack_forget(void);

#endif
