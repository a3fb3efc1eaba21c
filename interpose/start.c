/* SPDX-License-Identifier: BSD-2-Clause */
/* start.c: when the library comes to life, and when it ends.
 *
 * The loader runs constructors of the libraries that a program is linked with
 * before ours: what they do passes through unseen, and locks they leave held
 * are unknown to the engine, not errors. */
#include "glibc.h"

atomic_bool lv_hook_started;

__attribute__((constructor)) static void start(void)
{
    int saved = errno;

    if (lv_hook_resolve()) {
        lv_glibc_check();
        lv_hook_watch_threads();
        lv_engine_start();
        lv_hook_watch_forks();
        lv_hook_tell_signals();
        atomic_store_explicit(&lv_hook_started, true, memory_order_release);
    }
    errno = saved;
}

/* exit() in the child of a vfork would end its parent's record. */
__attribute__((destructor)) static void end(void)
{
    int saved = errno;

    if (atomic_load_explicit(&lv_hook_started, memory_order_acquire) &&
        lv_hook_at_home())
        lv_engine_exit();
    errno = saved;
}
