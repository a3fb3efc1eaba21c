/* SPDX-License-Identifier: BSD-2-Clause */
/* stdio.c: flockfile and its like. A stream's lock may be taken again by its
 * owner; libc's own functions take it unseen, inside. fclose ends it, held or
 * not, and needs it free of others. */
#include "hooks.h"

#define STREAM (LV_HOW_FAMILY(LV_FAMILY_STDIO) | LV_HOW_RELOCK)

static void check(FILE *stream, uint32_t how, uintptr_t caller,
                  struct lv_ticket *ticket)
{
    if (!lv_acquire_known((uintptr_t)stream, how, caller, ticket))
        lv_acquire_miss((uintptr_t)stream, how, caller, ticket);
}

static void release(FILE *stream, uintptr_t caller)
{
    if (!lv_release_newest((uintptr_t)stream))
        lv_release_miss((uintptr_t)stream, STREAM, caller, LV_OWNER_UNKNOWN);
}

LV_HOOK void flockfile(FILE *stream)
{
    struct lv_ticket ticket;

    lv_hook_ready();
    check(stream, STREAM, LV_CALLER, &ticket);
    if (real.ftrylockfile(stream) != 0) {
        lv_hook_await(LV_WAIT_LOCK, LV_WAIT_ELSEWHERE, stream, &ticket,
                      LV_CALLER);
        real.flockfile(stream);
        lv_wait_end();
    }
    lv_acquire_commit(&ticket);
}

LV_HOOK int ftrylockfile(FILE *stream)
{
    struct lv_ticket ticket;
    int result;

    lv_hook_ready();
    result = real.ftrylockfile(stream);
    if (result == 0) {
        check(stream, STREAM | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

LV_HOOK void funlockfile(FILE *stream)
{
    lv_hook_ready();
    release(stream, LV_CALLER);
    real.funlockfile(stream);
}

LV_HOOK int fclose(FILE *stream)
{
    lv_hook_ready();
    while (lv_is_held((uintptr_t)stream))
        release(stream, LV_CALLER);
    lv_lock_destroy((uintptr_t)stream, LV_CALLER, LV_OWNER_NONE);
    if (LV_UNLIKELY(lv_file_may_end(fileno(stream))) && lv_hook_at_home())
        lv_file_closing(fileno(stream));
    return real.fclose(stream);
}
