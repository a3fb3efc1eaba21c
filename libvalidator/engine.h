/* SPDX-License-Identifier: BSD-2-Clause */
/* engine.h: the state of the process under test, and the way into and out of
 * the slow path.
 *
 * The slow path runs with all signals blocked and cancellation off, so that a
 * handler never finds it half done; where the process has no handler there is
 * nothing to block, which spares two system calls, and where no thread ever
 * asked to be cancelled at any instruction, nothing to switch off (none of what
 * we call is a cancellation point; step.c sees to libunwind); `busy` turns away
 * what our own libraries do on the way (libunwind's locks). One lock serialises
 * the engine's tables; stacks are taken before it. Used by the engine's own
 * files. Includes backlog.h, option.h, order.h, segment.h, raw.h. */
#ifndef LV_ENGINE_H
#define LV_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "backlog.h"
#include "option.h"
#include "order.h"
#include "raw.h"
#include "segment.h"

struct lv_engine {
    _Atomic bool live;
    bool child; /* of a fork, for good */
    struct lv_lock lock;
    struct lv_options options;
    struct lv_segments *segments;
    struct lv_order *order;
};
extern struct lv_engine lv_engine __attribute__((visibility("hidden")));

struct lv_guard {
    uint64_t signals; /* the mask to restore, if they were blocked */
    bool blocked, cancellable;
    int cancel;
    int error; /* errno */
};

/* Enter the slow path on this thread: false (and nothing done) where the engine
 * is not live, the thread is past its end, or we are in it already. On success
 * the thread is registered and lv_leave must follow. */
bool lv_enter(struct lv_guard *guard);
void lv_leave(const struct lv_guard *guard);

/* The engine's lock, inside the slow path. Whoever takes it observes first what
 * others saw meanwhile, and whoever gives it back sees to what came by then
 * (backlog.h). lv_engine_try returns false where it is taken. */
extern struct lv_backlog *_Atomic lv_backlogs
    __attribute__((visibility("hidden")));

static inline void lv_engine_settle(void)
{
    if (__builtin_expect(atomic_load(&lv_backlogs) != NULL, 0))
        lv_backlog_observe();
}

static inline void lv_engine_take(void)
{
    lv_lock_take(&lv_engine.lock);
    lv_engine_settle();
}

static inline bool lv_engine_try(void)
{
    if (!lv_lock_try(&lv_engine.lock))
        return false;
    lv_engine_settle();
    return true;
}

/* What is listed after this is seen to by who lists it: he tries the lock. */
static inline void lv_engine_give(void)
{
    do
        lv_lock_give(&lv_engine.lock);
    while (__builtin_expect(atomic_load(&lv_backlogs) != NULL, 0) &&
           lv_engine_try());
}

#endif
