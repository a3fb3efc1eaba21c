/* SPDX-License-Identifier: BSD-2-Clause */
/* glibc.c: is glibc still what glibc.h says? Runs once, in the constructor,
 * on objects of its own, through libc's own functions. */
#include "glibc.h"

bool lv_glibc_mutex_known, lv_glibc_rwlock_known;
bool lv_glibc_spin_known;
int lv_glibc_spin_free;

static bool check_mutex(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    bool good = mutex.__data.__owner == 0 && mutex.__data.__lock == 0;

    real.pthread_mutex_lock(&mutex);
    good = good && mutex.__data.__owner == lv_hook_tid() &&
           mutex.__data.__lock != 0;
    real.pthread_mutex_unlock(&mutex);
    return good && mutex.__data.__owner == 0 && mutex.__data.__lock == 0;
}

static bool check_kinds(void)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    bool good;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    good = real.pthread_mutex_init(&mutex, &attr) == 0 &&
           (mutex.__data.__kind & (LV_GLIBC_TYPE | LV_GLIBC_ROBUST)) ==
               (PTHREAD_MUTEX_ERRORCHECK_NP | LV_GLIBC_ROBUST);
    pthread_mutexattr_destroy(&attr);
    good = good && real.pthread_mutex_destroy(&mutex) == 0 &&
           mutex.__data.__kind == -1;
    return good;
}

static bool check_c11(void)
{
    mtx_t mtx;

    return sizeof(mtx_t) == sizeof(pthread_mutex_t) &&
           real.mtx_init(&mtx, mtx_recursive | mtx_timed) == thrd_success &&
           lv_glibc_mtx(&mtx)->__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP;
}

static bool check_rwlock(void)
{
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
    bool good;

    real.pthread_rwlock_wrlock(&rwlock);
    good = rwlock.__data.__cur_writer == lv_hook_tid();
    real.pthread_rwlock_unlock(&rwlock);
    good = good && rwlock.__data.__cur_writer == 0;
    real.pthread_rwlock_rdlock(&rwlock);
    good = good && rwlock.__data.__readers >> LV_GLIBC_READER_SHIFT == 1;
    real.pthread_rwlock_unlock(&rwlock);
    return good && rwlock.__data.__readers >> LV_GLIBC_READER_SHIFT == 0;
}

static bool check_spin(void)
{
    pthread_spinlock_t spin;
    bool good;

    real.pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    lv_glibc_spin_free = spin;
    real.pthread_spin_lock(&spin);
    good = spin != lv_glibc_spin_free;
    real.pthread_spin_unlock(&spin);
    return good && spin == lv_glibc_spin_free;
}

void lv_glibc_check(void)
{
    lv_glibc_mutex_known = check_mutex() && check_kinds() && check_c11();
    lv_glibc_rwlock_known = check_rwlock();
    lv_glibc_spin_known = check_spin();
}
