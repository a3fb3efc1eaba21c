/* SPDX-License-Identifier: BSD-2-Clause */
/* once.h: what runs once: pthread_once, call_once, C++'s local statics.
 *
 * It is a lock that whoever initialises holds meanwhile, and that everybody
 * else waits for until it is done; after that nobody waits, and nothing is
 * checked. To come back to it from inside is to wait for oneself.
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

/* The thread has done it, or given up. */
static inline void lv_once_over(const void *once, uintptr_t caller)
{
    if (!lv_release_newest((uintptr_t)once))
        lv_release_miss((uintptr_t)once, LV_ONCE, caller, LV_OWNER_UNKNOWN);
}

#endif
