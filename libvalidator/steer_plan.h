/* SPDX-License-Identifier: BSD-2-Clause */
/* steer_plan.h: the plan of steer.h, and which of its places a stack passes.
 *
 * Slow path, with the engine's lock held. Includes record_format.h, stack.h;
 * used by steer.c. */
#ifndef LV_STEER_PLAN_H
#define LV_STEER_PLAN_H

#include <stdbool.h>

#include "record_format.h"
#include "stack.h"

extern struct lv_plan {
    unsigned count, skip, wait_ms;
    bool writers;  /* readers wait behind them: they are to come last */
    bool displace; /* who comes last with other locks stays */
    uint64_t twins[LV_STEER_STEPS]; /* a bit for each step of the same places,
                                       itself among them */
    int signal[LV_STEER_STEPS]; /* a step's wanted is a signal's handler: send
                                   it. 0: a lock */
} lv_plan __attribute__((visibility("hidden")));

/* False: it is no plan. */
bool lv_plan_read(const char *path);

/* A stack and its number: to be told before the number is asked about. */
void lv_plan_note(const struct lv_stack *stack, uint32_t id);

/* Does it pass a place where step `i` takes its lock, or wants the next? */
bool lv_plan_holds(unsigned i, uint32_t stack);
bool lv_plan_wants(unsigned i, uint32_t stack);

/* False: the step begins without a lock (a thread's end, an event). */
bool lv_plan_names_hold(unsigned i);

#endif
