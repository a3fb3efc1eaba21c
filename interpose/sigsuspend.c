/* SPDX-License-Identifier: BSD-2-Clause */
/* sigsuspend.c: waits that have a signal mask of their own. While the thread
 * waits, signals may come that are blocked around it: what it holds then can be
 * interrupted by them, and no call is under way that their handlers could
 * disturb. */
#include "hooks.h"

#include <string.h>

#include "raw.h"

static bool is_told(const sigset_t *mask)
{
    return mask != NULL &&
           atomic_load_explicit(&lv_signals_handled, memory_order_relaxed) != 0;
}

/* What is for `end`. */
static uint32_t begin(const sigset_t *mask, uintptr_t caller)
{
    uint32_t before = lv_calls.inside;
    uint64_t bits;

    lv_hook_ready();
    if (!is_told(mask))
        return before;
    lv_calls.inside = before | LV_CALL_WAIT;
    memcpy(&bits, mask, sizeof(bits)); /* the kernel's part of it */
    lv_signal_mask(bits, caller);
    return before;
}

static void end(const sigset_t *mask, uint32_t before, uintptr_t caller)
{
    int saved = errno;

    lv_calls.inside = before;
    if (is_told(mask))
        lv_hook_mask_changed(caller);
    errno = saved;
}

LV_HOOK int sigsuspend(const sigset_t *mask)
{
    uint32_t before = begin(mask, LV_CALLER);
    int result = real.sigsuspend(mask);

    end(mask, before, LV_CALLER);
    return result;
}

LV_HOOK int ppoll(struct pollfd *set, nfds_t count,
                  const struct timespec *limit, const sigset_t *mask)
{
    uint32_t before = begin(mask, LV_CALLER);
    int result = real.ppoll(set, count, limit, mask);

    end(mask, before, LV_CALLER);
    return result;
}

LV_HOOK int pselect(int count, fd_set *in, fd_set *out, fd_set *odd,
                    const struct timespec *limit, const sigset_t *mask)
{
    uint32_t before = begin(mask, LV_CALLER);
    int result = real.pselect(count, in, out, odd, limit, mask);

    end(mask, before, LV_CALLER);
    return result;
}

LV_HOOK int epoll_pwait(int epoll, struct epoll_event *events, int most,
                        int limit, const sigset_t *mask)
{
    uint32_t before = begin(mask, LV_CALLER);
    int result = real.epoll_pwait(epoll, events, most, limit, mask);

    end(mask, before, LV_CALLER);
    return result;
}
