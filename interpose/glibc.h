/* SPDX-License-Identifier: BSD-2-Clause */
/* glibc.h: all that we know about the insides of glibc's lock objects.
 *
 * Field names from <bits/struct_mutex.h> and <bits/struct_rwlock.h>, meaning
 * from nptl/pthreadP.h, nptl/pthread_mutex_lock.c and
 * nptl/pthread_rwlock_common.c of glibc 2.36. These layouts are part of its
 * ABI; the bits are not, so that lv_glibc_check tries them out at start. Where
 * they do not hold every owner is unknown and every kind may be retaken: we
 * then miss misuse, and never invent it.
 *
 * Reads race with other threads by nature: only "is it mine" is certain. */
#ifndef LV_GLIBC_H
#define LV_GLIBC_H

#include "hooks.h"

#include <sys/single_threaded.h>

enum {
    LV_GLIBC_TYPE = 3, /* of __kind: PTHREAD_MUTEX_RECURSIVE_NP and so on */
    LV_GLIBC_ROBUST = 16,
    LV_GLIBC_INHERIT = 32,
    LV_GLIBC_PROTECT = 64,
    LV_GLIBC_SHARED = 128,
    LV_GLIBC_ELISION = 256,    /* taken in a transaction, it has no owner */
    LV_GLIBC_READER_SHIFT = 3, /* of rwlock.__readers: the count of readers */
};

/* Set by lv_glibc_check: the objects are as we know them. */
extern bool lv_glibc_mutex_known, lv_glibc_rwlock_known;

/* What an unlocked spin lock holds: 1 on x86, 0 elsewhere. */
extern bool lv_glibc_spin_known;
extern int lv_glibc_spin_free;

/* Try out what this file claims. Once, from the constructor. */
void lv_glibc_check(void);

/* The process has but one thread, and this mutex is free: glibc then locks
 * without an atomic instruction (lll_mutex_lock_optimized, since 2.34), which
 * a try would not. */
static inline bool lv_glibc_is_alone(const pthread_mutex_t *mutex)
{
    return __libc_single_threaded &&
           *(const volatile int *)&mutex->__data.__lock == 0;
}

/* The thread is the only one, and this is a mutex of the process alone, free,
 * and of a kind that is then locked without fail. */
static inline bool lv_glibc_locks_surely(const pthread_mutex_t *mutex)
{
    return lv_glibc_is_alone(mutex) &&
           (*(const volatile int *)&mutex->__data.__kind & ~LV_GLIBC_TYPE) == 0;
}

/* Somebody has it, as far as can be seen in passing. */
static inline bool lv_glibc_is_taken(const pthread_mutex_t *mutex)
{
    return *(const volatile int *)&mutex->__data.__lock != 0;
}

enum {
    /* All that __kind of a mutex can have: the bits above, and what forbids
     * elision. */
    LV_GLIBC_KINDS = LV_GLIBC_TYPE | LV_GLIBC_ROBUST | LV_GLIBC_INHERIT |
                     LV_GLIBC_PROTECT | LV_GLIBC_SHARED | LV_GLIBC_ELISION |
                     512,
};

/* Destroyed (its kind is -1, nptl/pthread_mutex_destroy.c), or never
 * initialised and not zeros: no lock call can work on it. */
static inline bool lv_glibc_is_destroyed(const pthread_mutex_t *mutex)
{
    return lv_glibc_mutex_known && mutex->__data.__kind == -1;
}

static inline bool lv_glibc_is_no_mutex(const pthread_mutex_t *mutex)
{
    return lv_glibc_mutex_known && (mutex->__data.__kind & ~LV_GLIBC_KINDS);
}

/* Priority-inheriting mutexes know no CLOCK_MONOTONIC before glibc 2.37, and
 * protected ones hand out priorities as they wait. */
static inline bool lv_glibc_has_protocol(const pthread_mutex_t *mutex)
{
    return mutex->__data.__kind & (LV_GLIBC_INHERIT | LV_GLIBC_PROTECT);
}

/* LV_HOW_RELOCK, LV_HOW_RELOCK_ERROR or neither. */
static inline uint32_t lv_glibc_relock(const pthread_mutex_t *mutex)
{
    int type = mutex->__data.__kind & LV_GLIBC_TYPE;

    if (!lv_glibc_mutex_known || type == PTHREAD_MUTEX_RECURSIVE_NP)
        return LV_HOW_RELOCK;
    return type == PTHREAD_MUTEX_ERRORCHECK_NP ? LV_HOW_RELOCK_ERROR : 0;
}

static inline bool lv_glibc_robust(const pthread_mutex_t *mutex)
{
    return lv_glibc_mutex_known && (mutex->__data.__kind & LV_GLIBC_ROBUST);
}

/* LV_HOW_RELOCK_ERROR where an unlock by another thread than the owner fails
 * with EPERM and changes nothing (nptl/pthread_mutex_unlock.c); else 0. */
static inline uint32_t lv_glibc_unlock(const pthread_mutex_t *mutex)
{
    int kind = mutex->__data.__kind;

    return lv_glibc_relock(mutex) != 0 ||
                   (kind & (LV_GLIBC_ROBUST | LV_GLIBC_INHERIT))
               ? LV_HOW_RELOCK_ERROR
               : 0;
}

static inline enum lv_owner lv_glibc_mutex_owner(const pthread_mutex_t *mutex)
{
    int kind = mutex->__data.__kind;
    int owner = mutex->__data.__owner;

    if (!lv_glibc_mutex_known || kind < 0)
        return LV_OWNER_UNKNOWN;
    if (owner != 0 && owner == lv_hook_tid())
        return LV_OWNER_SELF;
    if (kind & (LV_GLIBC_ROBUST | LV_GLIBC_PROTECT | LV_GLIBC_SHARED |
                LV_GLIBC_ELISION))
        return LV_OWNER_UNKNOWN;
    if (owner == 0)
        return mutex->__data.__lock == 0 ? LV_OWNER_NONE : LV_OWNER_UNKNOWN;
    return lv_hook_owner_of(owner);
}

/* Mode of a read: by default readers pass a waiting writer; of the three kinds
 * PREFER_WRITER_NONRECURSIVE_NP alone makes them wait. */
static inline uint32_t lv_glibc_read_mode(const pthread_rwlock_t *rwlock)
{
    return LV_HOW_READ_RECURSIVE -
           (rwlock->__data.__flags ==
            PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
}

static inline enum lv_owner
lv_glibc_rwlock_owner(const pthread_rwlock_t *rwlock)
{
    int writer = rwlock->__data.__cur_writer;

    if (!lv_glibc_rwlock_known)
        return LV_OWNER_UNKNOWN;
    if (writer != 0 && writer == lv_hook_tid())
        return LV_OWNER_SELF;
    if (rwlock->__data.__shared)
        return LV_OWNER_UNKNOWN;
    if (writer != 0)
        return lv_hook_owner_of(writer);
    return rwlock->__data.__readers >> LV_GLIBC_READER_SHIFT == 0
               ? LV_OWNER_NONE
               : LV_OWNER_UNKNOWN;
}

/* Both locks of a thread that already writes return EDEADLK. */
static inline uint32_t lv_glibc_rwlock_relock(const pthread_rwlock_t *rwlock)
{
    return lv_glibc_rwlock_owner(rwlock) == LV_OWNER_SELF ? LV_HOW_RELOCK_ERROR
                                                          : 0;
}

static inline enum lv_owner lv_glibc_spin_owner(pthread_spinlock_t *spin)
{
    return lv_glibc_spin_known && *spin == lv_glibc_spin_free
               ? LV_OWNER_NONE
               : LV_OWNER_UNKNOWN;
}

/* A C11 mutex is a POSIX mutex under another name (nptl/thrd_priv.h). */
static inline pthread_mutex_t *lv_glibc_mtx(mtx_t *mtx)
{
    return (pthread_mutex_t *)mtx;
}

/* The same holds for condition variables. */
static inline const pthread_cond_t *lv_glibc_cnd(const cnd_t *cond)
{
    return (const pthread_cond_t *)cond;
}

#endif
