/* SPDX-License-Identifier: BSD-2-Clause */
/* c11.c: mtx_*, cnd_*wait, thrd_*. glibc runs them on its POSIX insides
 * without passing any function that mutex.c or thread.c stands before.
 * thrd_exit ends a thread as pthread_exit does: thread.c sees it. */
#include "glibc.h"
#include "wait.h"

#define C11 LV_HOW_FAMILY(LV_FAMILY_C11)

static LV_COLD void miss(mtx_t *mtx, uint32_t how, uintptr_t caller,
                         struct lv_ticket *ticket)
{
    lv_hook_ready();
    if (LV_UNLIKELY(lv_glibc_is_no_mutex(lv_glibc_mtx(mtx)))) {
        ticket->instance = NULL;
        lv_lock_invalid((uintptr_t)mtx, how, caller,
                        lv_glibc_is_destroyed(lv_glibc_mtx(mtx)));
        return;
    }
    lv_acquire_miss((uintptr_t)mtx, how | lv_glibc_relock(lv_glibc_mtx(mtx)),
                    caller, ticket);
}

static LV_COLD void unlock_miss(mtx_t *mtx, uintptr_t caller)
{
    lv_hook_ready();
    lv_release_miss((uintptr_t)mtx, C11 | lv_glibc_unlock(lv_glibc_mtx(mtx)),
                    caller, lv_glibc_mutex_owner(lv_glibc_mtx(mtx)));
}

static inline void check(mtx_t *mtx, uint32_t how, uintptr_t caller,
                         struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(!lv_acquire_known((uintptr_t)mtx, how, caller, ticket)))
        miss(mtx, how, caller, ticket);
}

LV_HOOK int mtx_lock(mtx_t *mtx)
{
    struct lv_ticket ticket;
    int result;

    check(mtx, C11, LV_CALLER, &ticket);
    if (lv_glibc_is_alone(lv_glibc_mtx(mtx)))
        result = real.mtx_lock(mtx);
    else if (LV_UNLIKELY((result = real.mtx_trylock(mtx)) == thrd_busy))
        result = lv_hook_wait_mutex((pthread_mutex_t *)mtx, &ticket) == 0
                     ? thrd_success
                     : thrd_error;
    if (result == thrd_success)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int mtx_unlock(mtx_t *mtx)
{
    if (LV_UNLIKELY(!lv_release_newest((uintptr_t)mtx)))
        unlock_miss(mtx, LV_CALLER);
    return real.mtx_unlock(mtx);
}

LV_HOOK int mtx_trylock(mtx_t *mtx)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    result = real.mtx_trylock(mtx);
    if (result == thrd_success) {
        check(mtx, C11 | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

LV_HOOK int mtx_timedlock(mtx_t *mtx, const struct timespec *until)
{
    struct lv_ticket ticket;
    int result;

    check(mtx, C11 | LV_HOW_TIMED, LV_CALLER, &ticket);
    result = real.mtx_timedlock(mtx, until);
    if (result == thrd_success)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int mtx_init(mtx_t *mtx, int type)
{
    int result;

    lv_hook_ready();
    result = real.mtx_init(mtx, type);
    if (result == thrd_success)
        lv_lock_init((uintptr_t)mtx, C11 | lv_glibc_relock(lv_glibc_mtx(mtx)),
                     LV_CALLER, NULL);
    return result;
}

LV_HOOK void mtx_destroy(mtx_t *mtx)
{
    lv_hook_ready();
    lv_lock_destroy((uintptr_t)mtx, LV_CALLER,
                    lv_glibc_mutex_owner(lv_glibc_mtx(mtx)));
    real.mtx_destroy(mtx);
}

LV_HOOK int cnd_wait(cnd_t *cond, mtx_t *mtx)
{
    struct lv_hook_wait wait;
    int result;

    lv_hook_wait_begin(&wait, lv_glibc_mtx(mtx), C11, LV_CALLER);
    lv_hook_bind(lv_glibc_cnd(cond), &wait.again);
    lv_hook_depend(lv_glibc_cnd(cond), LV_CALLER);
    lv_hook_await(LV_WAIT_CONDITION, lv_hook_hearing(lv_glibc_cnd(cond)), cond,
                  &wait.again, LV_CALLER);
    pthread_cleanup_push(lv_hook_wait_cancelled, &wait);
    result = real.cnd_wait(cond, mtx);
    pthread_cleanup_pop(0);
    lv_hook_wait_end(&wait, result == thrd_success);
    return result;
}

LV_HOOK int cnd_timedwait(cnd_t *cond, mtx_t *mtx, const struct timespec *until)
{
    struct lv_hook_wait wait;
    int result;

    lv_hook_wait_begin(&wait, lv_glibc_mtx(mtx), C11, LV_CALLER);
    lv_hook_bind(lv_glibc_cnd(cond), &wait.again);
    pthread_cleanup_push(lv_hook_wait_cancelled, &wait);
    result = real.cnd_timedwait(cond, mtx, until);
    pthread_cleanup_pop(0);
    lv_hook_wait_end(&wait, result == thrd_success || result == thrd_timedout);
    return result;
}

LV_HOOK int cnd_signal(cnd_t *cond)
{
    lv_hook_signal(lv_glibc_cnd(cond), LV_CALLER);
    return real.cnd_signal(cond);
}

LV_HOOK int cnd_broadcast(cnd_t *cond)
{
    lv_hook_signal(lv_glibc_cnd(cond), LV_CALLER);
    return real.cnd_broadcast(cond);
}

LV_HOOK int cnd_init(cnd_t *cond)
{
    lv_hook_cond_over(lv_glibc_cnd(cond), LV_CALLER);
    return real.cnd_init(cond);
}

LV_HOOK void cnd_destroy(cnd_t *cond)
{
    lv_hook_cond_over(lv_glibc_cnd(cond), LV_CALLER);
    real.cnd_destroy(cond);
}

/* ---- threads ------------------------------------------------------------- */

static int run(void *packed)
{
    struct lv_hook_package package = lv_hook_begin(packed);

    return package.run.c11(package.argument);
}

LV_HOOK int thrd_create(thrd_t *thread, thrd_start_t start, void *argument)
{
    struct lv_hook_package *package;
    int result;

    lv_hook_ready();
    package = lv_hook_pack(argument);
    if (package == NULL)
        return real.thrd_create(thread, start, argument);
    package->run.c11 = start;
    result = real.thrd_create(thread, run, package);
    lv_hook_created(package, result == thrd_success);
    return result;
}

LV_HOOK int thrd_join(thrd_t thread, int *value)
{
    int result;

    lv_hook_ready();
    lv_thread_joining((uintptr_t)thread, LV_CALLER);
    lv_hook_await(LV_WAIT_JOIN, 0, (void *)thread, NULL, LV_CALLER);
    result = real.thrd_join(thread, value);
    lv_wait_end();
    if (result == thrd_success)
        lv_thread_joined((uintptr_t)thread, true);
    return result;
}

LV_HOOK int thrd_detach(thrd_t thread)
{
    int result;

    lv_hook_ready();
    result = real.thrd_detach(thread);
    if (result == thrd_success)
        lv_thread_joined((uintptr_t)thread, false);
    return result;
}
