/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu.c: liburcu: read sections, and what waits for a grace period.
 *
 * Programs that define _LGPL_SOURCE have the readers' side compiled in and pass
 * nobody: of these a thread is asked whether it is inside a section when it
 * waits, and no more is known. Callbacks run after a grace period, so that who
 * waits for them waits for that.
 *
 * The qsbr flavour has no sections: a thread that is registered and online is
 * waited for wherever it is, but for where it says that it holds nothing. So it
 * is inside while it is online; who waits for a grace period goes offline for
 * that, so that nobody waits for himself. */
#include "hooks.h"

#define READ \
    (LV_HOW_READ_RECURSIVE | LV_HOW_PSEUDO | LV_HOW_FAMILY(LV_FAMILY_PSEUDO))

static inline void check(enum lv_rcu which, uintptr_t caller,
                         struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(
            !lv_acquire_known(lv_rcu_lock(which), READ, caller, ticket)))
        lv_acquire_miss(lv_rcu_lock(which), READ, caller, ticket);
}

static inline void release(enum lv_rcu which, uintptr_t caller)
{
    if (LV_UNLIKELY(!lv_release_newest(lv_rcu_lock(which))) &&
        lv_is_held(lv_rcu_lock(which)))
        lv_release_miss(lv_rcu_lock(which), READ, caller, LV_OWNER_UNKNOWN);
}

/* Of a bp thread that asks, liburcu makes a reader: it is not asked. */
static bool is_inside(enum lv_rcu which, int (*ongoing)(void))
{
    return which != LV_RCU_BP && ongoing() != 0;
}

#define FLAVOUR(name, which)                                                 \
    LV_HOOK void name##_read_lock(void)                                      \
    {                                                                        \
        struct lv_ticket ticket;                                             \
                                                                             \
        check(which, LV_CALLER, &ticket);                                    \
        LV_FOREIGN(name##_read_lock)();                                      \
        lv_acquire_commit(&ticket);                                          \
    }                                                                        \
                                                                             \
    LV_HOOK void name##_read_unlock(void)                                    \
    {                                                                        \
        release(which, LV_CALLER);                                           \
        LV_FOREIGN(name##_read_unlock)();                                    \
    }                                                                        \
                                                                             \
    LV_HOOK void name##_synchronize_rcu(void)                                \
    {                                                                        \
        lv_rcu_wait_begin(which,                                             \
                          is_inside(which, LV_FOREIGN(name##_read_ongoing)), \
                          LV_CALLER);                                        \
        LV_FOREIGN(name##_synchronize_rcu)();                                \
        lv_wait_end();                                                       \
    }                                                                        \
                                                                             \
    LV_HOOK void name##_barrier(void)                                        \
    {                                                                        \
        lv_rcu_wait_begin(which,                                             \
                          is_inside(which, LV_FOREIGN(name##_read_ongoing)), \
                          LV_CALLER);                                        \
        LV_FOREIGN(name##_barrier)();                                        \
        lv_wait_end();                                                       \
    }

FLAVOUR(urcu_memb, LV_RCU_MEMB)
FLAVOUR(urcu_mb, LV_RCU_MB)
FLAVOUR(urcu_signal, LV_RCU_SIGNAL)
FLAVOUR(urcu_bp, LV_RCU_BP)

/* ---- qsbr ------------------------------------------------------------------
 */

static void go_online(uintptr_t caller)
{
    struct lv_ticket ticket;

    if (lv_is_held(lv_rcu_lock(LV_RCU_QSBR)))
        return;
    check(LV_RCU_QSBR, caller, &ticket);
    lv_acquire_commit(&ticket);
}

LV_HOOK void urcu_qsbr_register_thread(void)
{
    go_online(LV_CALLER);
    LV_FOREIGN(urcu_qsbr_register_thread)();
}

LV_HOOK void urcu_qsbr_thread_online(void)
{
    go_online(LV_CALLER);
    LV_FOREIGN(urcu_qsbr_thread_online)();
}

LV_HOOK void urcu_qsbr_unregister_thread(void)
{
    release(LV_RCU_QSBR, LV_CALLER);
    LV_FOREIGN(urcu_qsbr_unregister_thread)();
}

LV_HOOK void urcu_qsbr_thread_offline(void)
{
    release(LV_RCU_QSBR, LV_CALLER);
    LV_FOREIGN(urcu_qsbr_thread_offline)();
}

#define WAIT_OFFLINE(call)                              \
    bool online = lv_is_held(lv_rcu_lock(LV_RCU_QSBR)); \
                                                        \
    if (online)                                         \
        release(LV_RCU_QSBR, LV_CALLER);                \
    lv_rcu_wait_begin(LV_RCU_QSBR, false, LV_CALLER);   \
    call;                                               \
    lv_wait_end();                                      \
    if (online)                                         \
    go_online(LV_CALLER)

LV_HOOK void urcu_qsbr_synchronize_rcu(void)
{
    WAIT_OFFLINE(LV_FOREIGN(urcu_qsbr_synchronize_rcu)());
}

LV_HOOK void urcu_qsbr_barrier(void)
{
    WAIT_OFFLINE(LV_FOREIGN(urcu_qsbr_barrier)());
}
