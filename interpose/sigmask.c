/* SPDX-License-Identifier: BSD-2-Clause */
/* sigmask.c: what blocks signals in a thread.
 *
 * The engine asks the kernel for the mask each time that it looks closely; here
 * it is told of changes, so that it does. Where no signal has a handler, and
 * nobody can be interrupted, nothing is told. */
#include "hooks.h"

#include <string.h>

#include "raw.h"

static bool is_told(void)
{
    return atomic_load_explicit(&lv_signals_handled, memory_order_relaxed) != 0;
}

/* The kernel's part of it. */
static uint64_t bits_of(const sigset_t *set)
{
    uint64_t bits;

    memcpy(&bits, set, sizeof(bits));
    return bits;
}

static void tell(int how, uint64_t set, uint64_t before, uintptr_t caller)
{
    int saved = errno;

    if (how == SIG_BLOCK)
        set |= before;
    else if (how == SIG_UNBLOCK)
        set = before & ~set;
    lv_signal_mask(set, caller);
    errno = saved;
}

void lv_hook_mask_changed(uintptr_t caller)
{
    lv_signals now = 0;

    if (is_told() && lv_raw_sigprocmask(SIG_BLOCK, NULL, &now) == 0)
        lv_signal_mask(now, caller);
}

static int change(int (*mask)(int, const sigset_t *, sigset_t *), int how,
                  const sigset_t *set, sigset_t *old, uintptr_t caller)
{
    sigset_t before;
    uint64_t wanted;
    int result;

    if (set == NULL || !is_told())
        return mask(how, set, old);
    wanted = bits_of(set); /* `old` may be the same place */
    if (old == NULL)
        old = &before;
    result = mask(how, set, old);
    if (result == 0)
        tell(how, wanted, bits_of(old), caller);
    return result;
}

LV_HOOK int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    lv_hook_ready();
    return change(real.pthread_sigmask, how, set, old, LV_CALLER);
}

LV_HOOK int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    lv_hook_ready();
    return change(real.sigprocmask, how, set, old, LV_CALLER);
}

LV_HOOK int sigblock(int mask)
{
    int result;

    lv_hook_ready();
    result = real.sigblock(mask);
    lv_hook_mask_changed(LV_CALLER);
    return result;
}

LV_HOOK int sigsetmask(int mask)
{
    int result;

    lv_hook_ready();
    result = real.sigsetmask(mask);
    lv_hook_mask_changed(LV_CALLER);
    return result;
}

LV_HOOK int sighold(int number)
{
    int result;

    lv_hook_ready();
    result = real.sighold(number);
    lv_hook_mask_changed(LV_CALLER);
    return result;
}

LV_HOOK int sigrelse(int number)
{
    int result;

    lv_hook_ready();
    result = real.sigrelse(number);
    lv_hook_mask_changed(LV_CALLER);
    return result;
}
