/* SPDX-License-Identifier: BSD-2-Clause */
/* once.h: what runs once: pthread_once, call_once, C++'s local statics.
 *
 * It is a lock that whoever initialises holds meanwhile, and that everybody
 * else waits for until it is done. After that nobody waits; but who comes first
 * then might have come before, and is checked as if. From its second time on
 * nothing is. To come back to it from inside is to wait for oneself.
 * Uses hooks.h; used by once.c and guard.c. */
#ifndef LV_ONCE_H
#define LV_ONCE_H

#include "hooks.h"

#define LV_ONCE LV_HOW_FAMILY(LV_FAMILY_ONCE)

/* The thread may wait for it to be done, or have to do it. */
static inline void lv_once_check(const void *once, uintptr_t caller,
                                 struct lv_ticket *ticket)
{
    lv_hook_ready();
    if (!lv_acquire_known((uintptr_t)once, LV_ONCE, caller, ticket))
        lv_acquire_miss((uintptr_t)once, LV_ONCE, caller, ticket);
}

/* Those that the thread found done, by address: a later one takes the place. */
enum { LV_ONCE_PASSED = 64 };
extern __thread const void *lv_once_passed_by[LV_ONCE_PASSED];

static inline const void **lv_once_place(const void *once)
{
    return &lv_once_passed_by[(uintptr_t)once / 4 % LV_ONCE_PASSED];
}

/* The thread is about to find it done. True if that is news to it. */
static inline bool lv_once_late(const void *once, uintptr_t caller)
{
    struct lv_ticket ticket;

    lv_hook_ready();
    if (*lv_once_place(once) == once)
        return false;
    if (lv_once_unordered((uintptr_t)once))
        lv_once_check(once, caller, &ticket);
    return true;
}

/* The thread has found it done. */
static inline void lv_once_pass(const void *once)
{
    lv_once_passed((uintptr_t)once);
    *lv_once_place(once) = once;
}

/* The thread has done it, or given up. */
static inline void lv_once_over(const void *once, uintptr_t caller)
{
    if (!lv_release_newest((uintptr_t)once))
        lv_release_miss((uintptr_t)once, LV_ONCE, caller, LV_OWNER_UNKNOWN);
}

#endif
