/* SPDX-License-Identifier: BSD-2-Clause */
/* identity.c: the process becomes another user, or sees another root. The
 * record grows by its path, which it may not be able to open afterwards. */
#include "hooks.h"

void lv_hook_before_change(bool seal)
{
    lv_hook_ready();
    if (atomic_load_explicit(&lv_hook_started, memory_order_acquire) &&
        lv_hook_at_home())
        lv_files_prepare(seal);
}

LV_HOOK int setuid(uid_t user)
{
    lv_hook_before_change(false);
    return real.setuid(user);
}

LV_HOOK int seteuid(uid_t user)
{
    lv_hook_before_change(false);
    return real.seteuid(user);
}

LV_HOOK int setreuid(uid_t user, uid_t effective)
{
    lv_hook_before_change(false);
    return real.setreuid(user, effective);
}

LV_HOOK int setresuid(uid_t user, uid_t effective, uid_t saved)
{
    lv_hook_before_change(false);
    return real.setresuid(user, effective, saved);
}

LV_HOOK int chroot(const char *path)
{
    lv_hook_before_change(false);
    return real.chroot(path);
}
