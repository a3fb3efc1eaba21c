/* SPDX-License-Identifier: BSD-2-Clause */
/* rcu.c: read sections and grace periods of liburcu, as event.h has them.
 *
 * Each flavour is a pseudo-lock: a reader holds it, as one of any number, and
 * may do so again; who waits for a grace period waits for all of them. */
#define LOCKVAL_DISABLE /* the types alone */
#include "include/lockval.h"

#include "engine.h"
#include "event.h"
#include "life.h"
#include "misuse.h"
#include "observe.h"
#include "record.h"

static const struct lockval_class flavour[LV_RCU_FLAVOURS] = {
    [LV_RCU_MEMB] = {"urcu-memb", 0},     [LV_RCU_MB] = {"urcu-mb", 0},
    [LV_RCU_SIGNAL] = {"urcu-signal", 0}, [LV_RCU_BP] = {"urcu-bp", 0},
    [LV_RCU_QSBR] = {"urcu-qsbr", 0},
};

enum { WAIT = LV_HOW_WRITE | LV_HOW_SYNC | LV_HOW_PSEUDO };

uintptr_t lv_rcu_lock(enum lv_rcu which)
{
    return (uintptr_t)&flavour[which];
}

bool lv_rcu_is(uintptr_t lock)
{
    return lock - (uintptr_t)flavour < sizeof flavour;
}

/* The section was not seen: its beginning was compiled into the program. */
static void tell_unseen(struct lv_thread *thread, struct lv_instance *rcu)
{
    struct lv_rec_hold mine =
        lv_describe(rcu, WAIT, lv_stack_intern(&thread->stack));
    struct lv_rec_hold unknown = {0};

    lv_misuse_write(thread, LV_MISUSE_RCU, &mine, &unknown, 0);
}

static struct lv_ticket describe(enum lv_rcu which, uintptr_t caller,
                                 bool inside)
{
    struct lv_ticket ticket = {.lock = lv_rcu_lock(which), .how = WAIT};
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return ticket;
    ticket.instance = lv_life_find(thread, ticket.lock,
                                   WAIT | LV_HOW_FAMILY(LV_FAMILY_PSEUDO));
    if (ticket.instance != NULL && ticket.instance->class_id == 0)
        ticket.instance = NULL;
    ticket.stack = lv_stack_intern(&thread->stack);
    if (inside && ticket.instance != NULL &&
        lv_thread_hold(thread, ticket.instance) == NULL)
        tell_unseen(thread, ticket.instance);
    lv_slow_leave(&guard);
    return ticket;
}

void lv_rcu_wait_begin(enum lv_rcu which, bool inside, uintptr_t caller)
{
    struct lv_ticket ticket;
    struct lv_awaited awaited = {LV_WAIT_LOCK, LV_WAIT_ELSEWHERE,
                                 lv_rcu_lock(which), &ticket};

    lv_acquire_miss(lv_rcu_lock(which), WAIT | LV_HOW_FAMILY(LV_FAMILY_PSEUDO),
                    caller, &ticket);
    ticket = describe(which, caller, inside);
    if (inside)
        awaited.flags |= LV_WAIT_ITSELF;
    if (ticket.instance != NULL)
        lv_wait_begin(&awaited, caller);
}
