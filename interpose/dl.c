/* SPDX-License-Identifier: BSD-2-Clause */
/* dl.c: code that goes away, and who asks what is loaded. dlopen is not hooked:
 * libc finds the caller's RUNPATH by the return address, which would be ours.
 */
#include "hooks.h"
#include "unwind.h"

LV_HOOK int dlclose(void *handle)
{
    int result;

    lv_hook_ready();
    result = real.dlclose(handle);
    if (result == 0 &&
        atomic_load_explicit(&lv_hook_started, memory_order_acquire))
        lv_modules_changed(LV_CALLER);
    return result;
}

/* libunwind holds a lock of its own while it calls this, and libc the loader's
 * lock while it calls back: a program that locks in its own callback would
 * close the circle. */
LV_HOOK int dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *),
                            void *data)
{
    lv_hook_ready();
    if (LV_UNLIKELY(lv_unwind_active()))
        return lv_unwind_iterate(visit, data);
    return real.dl_iterate_phdr(visit, data);
}
