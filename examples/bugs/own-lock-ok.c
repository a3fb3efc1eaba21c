/* SPDX-License-Identifier: BSD-2-Clause */
/* own-lock-ok: a lock of the program's own, in one order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/own-lock-ok */
#include "turns.h"
#include <lockval.h>
#include <sched.h>

struct latch {
    int taken;
};
static const struct lockval_class a_class = {"a", 0};
static const struct lockval_class b_class = {"b", 0};
static struct latch a, b;

static void latch_take(struct latch *latch)
{
    lockval_acquire(latch, LOCKVAL_WRITE);
    while (__atomic_exchange_n(&latch->taken, 1, __ATOMIC_ACQUIRE))
        sched_yield();
}

static void latch_drop(struct latch *latch)
{
    lockval_release(latch);
    __atomic_store_n(&latch->taken, 0, __ATOMIC_RELEASE);
}

static void *first(void *unused)
{
    latch_take(&a);
    latch_take(&b);
    latch_drop(&b);
    latch_drop(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    latch_take(&a);
    latch_take(&b);
    latch_drop(&b);
    latch_drop(&a);
    return unused;
}

int main(void)
{
    lockval_lock_init(&a, &a_class);
    lockval_lock_init(&b, &b_class);
    run_two(first, second);
    lockval_lock_destroy(&b);
    lockval_lock_destroy(&a);
    return 0;
}
