/* SPDX-License-Identifier: BSD-2-Clause */
/* spin.c: pthread_spin_*. A spin lock says whether it is free, not whose. */
#include "glibc.h"
#include "wait.h"

#define SPIN LV_HOW_FAMILY(LV_FAMILY_SPIN)

static LV_COLD void miss(pthread_spinlock_t *spin, uint32_t how,
                         uintptr_t caller, struct lv_ticket *ticket)
{
    lv_hook_ready();
    lv_acquire_miss((uintptr_t)spin, how, caller, ticket);
}

static LV_COLD void unlock_miss(pthread_spinlock_t *spin, uintptr_t caller)
{
    lv_hook_ready();
    lv_release_miss((uintptr_t)spin, SPIN, caller, lv_glibc_spin_owner(spin));
}

static inline void check(pthread_spinlock_t *spin, uint32_t how,
                         uintptr_t caller, struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(!lv_acquire_known((uintptr_t)spin, how, caller, ticket)))
        miss(spin, how, caller, ticket);
}

static bool is_over(struct timespec end)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > end.tv_sec ||
           (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec);
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Spins as the real call does; every few thousand turns it looks at the time.
 */
static LV_COLD int wait_for(pthread_spinlock_t *spin,
                            const struct lv_ticket *ticket)
{
    enum { TURNS = 4096 };
    unsigned slice;

    for (slice = 0;; slice++) {
        struct timespec end = lv_slice_end(slice);
        unsigned turn = 0;

        while (++turn % TURNS != 0 || !is_over(end)) {
            if (*spin == lv_glibc_spin_free &&
                real.pthread_spin_trylock(spin) == 0) {
                lv_slices_end(slice);
                return 0;
            }
            relax();
        }
        lv_blocked(ticket);
    }
}

LV_HOOK int pthread_spin_lock(pthread_spinlock_t *spin)
{
    struct lv_ticket ticket;
    int result;

    check(spin, SPIN, LV_CALLER, &ticket);
    if (!lv_glibc_spin_known)
        result = real.pthread_spin_lock(spin);
    else if (LV_UNLIKELY((result = real.pthread_spin_trylock(spin)) == EBUSY))
        result = wait_for(spin, &ticket);
    if (result == 0)
        lv_acquire_commit(&ticket);
    return result;
}

LV_HOOK int pthread_spin_unlock(pthread_spinlock_t *spin)
{
    if (LV_UNLIKELY(!lv_release_newest((uintptr_t)spin)))
        unlock_miss(spin, LV_CALLER);
    return real.pthread_spin_unlock(spin);
}

LV_HOOK int pthread_spin_trylock(pthread_spinlock_t *spin)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    result = real.pthread_spin_trylock(spin);
    if (result == 0) {
        check(spin, SPIN | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

LV_HOOK int pthread_spin_init(pthread_spinlock_t *spin, int shared)
{
    int result;

    lv_hook_ready();
    result = real.pthread_spin_init(spin, shared);
    if (result == 0)
        lv_lock_init((uintptr_t)spin, SPIN, LV_CALLER, NULL);
    return result;
}

LV_HOOK int pthread_spin_destroy(pthread_spinlock_t *spin)
{
    lv_hook_ready();
    lv_lock_destroy((uintptr_t)spin, LV_CALLER, lv_glibc_spin_owner(spin));
    return real.pthread_spin_destroy(spin);
}
