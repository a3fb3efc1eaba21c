/* SPDX-License-Identifier: BSD-2-Clause */
/* stack.h: stacks by number, each written to the record once.
 *
 * Slow path only. lv_stack_take runs outside the engine's lock, the rest under
 * it. Includes place.h, record.h, unwind.h, hash.h. */
#ifndef LV_STACK_H
#define LV_STACK_H

#include <stddef.h>
#include <stdint.h>

enum { LV_STACK_MAX = 512 };

struct lv_stack {
    size_t count;
    uintptr_t frame[LV_STACK_MAX];
};

/* The calling thread's stack from `caller` on, at most `max` frames. */
void lv_stack_take(struct lv_stack *stack, uintptr_t caller, size_t max);

/* Its number; the same addresses get the same number until code is unloaded.
 * 0: empty, or memory or record ran out (counted). */
uint32_t lv_stack_intern(const struct lv_stack *stack);

/* A key for the innermost `frames` of it: equal for equal call paths. */
uint64_t lv_stack_key(const struct lv_stack *stack, size_t frames);

/* Code was unloaded: addresses may mean something else from now on. */
void lv_stack_forget(void);

#endif
