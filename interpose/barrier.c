/* SPDX-License-Identifier: BSD-2-Clause */
/* barrier.c: pthread_barrier_*: an order between threads, and no lock. One that
 * has attributes may be shared with other processes, and tells nothing. */
#include "hooks.h"

LV_HOOK int pthread_barrier_init(pthread_barrier_t *barrier,
                                 const pthread_barrierattr_t *attr,
                                 unsigned count)
{
    int result;

    lv_hook_ready();
    result = real.pthread_barrier_init(barrier, attr, count);
    if (result == 0)
        lv_barrier_init((uintptr_t)barrier, attr == NULL ? count : 0);
    return result;
}

LV_HOOK int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    lv_hook_ready();
    lv_barrier_init((uintptr_t)barrier, 0);
    return real.pthread_barrier_destroy(barrier);
}

LV_HOOK int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    uint32_t token;
    int result;

    lv_hook_ready();
    token = lv_barrier_arrive((uintptr_t)barrier, LV_CALLER);
    lv_hook_await(LV_WAIT_BARRIER, 0, barrier, NULL, LV_CALLER);
    result = real.pthread_barrier_wait(barrier);
    lv_wait_end();
    if (result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD)
        lv_barrier_leave((uintptr_t)barrier, token);
    return result;
}
