/* SPDX-License-Identifier: BSD-2-Clause */
/* guard.c: __cxa_guard_*, by which C++ initialises a local static once. The
 * compiler calls them only until its own look at the guard finds it done; if
 * the initialiser throws, it calls abort. */
#include "once.h"

/* The first byte of a guard is not 0 once it is done (Itanium C++ ABI 3.3.3).
 */
static bool is_done(const uint64_t *guard)
{
    return __atomic_load_n((const char *)guard, __ATOMIC_ACQUIRE) != 0;
}

LV_HOOK int __cxa_guard_acquire(uint64_t *guard)
{
    struct lv_ticket ticket;
    bool news;
    int mine;

    if (is_done(guard)) {
        news = lv_once_late(guard, LV_CALLER);
        mine = LV_FOREIGN(__cxa_guard_acquire)(guard);
        if (news)
            lv_once_pass(guard);
        return mine;
    }
    lv_once_check(guard, LV_CALLER, &ticket);
    lv_hook_await(LV_WAIT_LOCK, 0, guard, &ticket, LV_CALLER);
    mine = LV_FOREIGN(__cxa_guard_acquire)(guard);
    lv_wait_end();
    if (mine)
        lv_acquire_commit(&ticket);
    else
        lv_once_pass(guard);
    return mine;
}

LV_HOOK void __cxa_guard_release(uint64_t *guard)
{
    lv_once_done((uintptr_t)guard);
    lv_once_over(guard, LV_CALLER);
    LV_FOREIGN(__cxa_guard_release)(guard);
}

LV_HOOK void __cxa_guard_abort(uint64_t *guard)
{
    lv_once_over(guard, LV_CALLER);
    LV_FOREIGN(__cxa_guard_abort)(guard);
}
