/* SPDX-License-Identifier: BSD-2-Clause */
/* glib.c: GLib's mutexes and bit locks, which never reach pthread.
 *
 * Only calls from outside libglib come by: it calls its own functions without
 * a detour. A lock that it gives back itself would stay held here for ever, so
 * a lock is asked whether it is free before this thread is told to have it
 * still; and a release of what was never seen taken is nobody's mistake. */
#include "hooks.h"

#define GMUTEX LV_HOW_FAMILY(LV_FAMILY_GLIB)
#define GCOND LV_HOW_FAMILY(LV_FAMILY_COND)
#define BIT LV_HOW_FAMILY(LV_FAMILY_BIT)

/* Seen on a mutex just taken: its first word tells, as in gthread-posix.c with
 * futexes (1: owned, 2: contended). Without them it is a pointer. */
static atomic_bool word_is_known;

static bool is_free(const lv_gmutex *mutex)
{
    return atomic_load_explicit(&word_is_known, memory_order_relaxed) &&
           __atomic_load_n(&mutex->word[0], __ATOMIC_RELAXED) == 0;
}

/* Until the word is known to tell, the thread may have it no more. */
static uint32_t relock(void)
{
    return atomic_load_explicit(&word_is_known, memory_order_relaxed)
               ? 0
               : LV_HOW_RELOCK;
}

static void release(uintptr_t lock, uint32_t how, uintptr_t caller)
{
    if (!lv_release_newest(lock))
        lv_release_miss(lock, how, caller, LV_OWNER_UNKNOWN);
}

static LV_COLD void mutex_miss(lv_gmutex *mutex, uint32_t how, uintptr_t caller,
                               struct lv_ticket *ticket)
{
    uintptr_t lock = (uintptr_t)mutex;

    lv_hook_ready();
    if (!(how & LV_HOW_TRY) && lv_is_held(lock) && is_free(mutex))
        release(lock, how, caller);
    lv_acquire_miss(lock, how | relock(), caller, ticket);
}

static inline void check_mutex(lv_gmutex *mutex, uint32_t how, uintptr_t caller,
                               struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(!lv_acquire_known((uintptr_t)mutex, how, caller, ticket)))
        mutex_miss(mutex, how, caller, ticket);
}

/* Called with the mutex just taken. */
static inline void taken(const lv_gmutex *mutex, const struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(
            !atomic_load_explicit(&word_is_known, memory_order_relaxed)) &&
        __atomic_load_n(&mutex->word[0], __ATOMIC_RELAXED) - 1u < 2)
        atomic_store_explicit(&word_is_known, true, memory_order_relaxed);
    lv_acquire_commit(ticket);
}

LV_HOOK void g_mutex_init(lv_gmutex *mutex)
{
    LV_FOREIGN(g_mutex_init)(mutex);
    lv_lock_init((uintptr_t)mutex, GMUTEX, LV_CALLER, NULL);
}

LV_HOOK void g_mutex_clear(lv_gmutex *mutex)
{
    lv_lock_destroy((uintptr_t)mutex, LV_CALLER,
                    is_free(mutex) ? LV_OWNER_NONE : LV_OWNER_UNKNOWN);
    LV_FOREIGN(g_mutex_clear)(mutex);
}

LV_HOOK void g_mutex_lock(lv_gmutex *mutex)
{
    struct lv_ticket ticket;

    check_mutex(mutex, GMUTEX, LV_CALLER, &ticket);
    if (LV_UNLIKELY(!LV_FOREIGN(g_mutex_trylock)(mutex))) {
        lv_hook_await(LV_WAIT_LOCK, 0, mutex, &ticket, LV_CALLER);
        LV_FOREIGN(g_mutex_lock)(mutex);
        lv_wait_end();
    }
    taken(mutex, &ticket);
}

LV_HOOK int g_mutex_trylock(lv_gmutex *mutex)
{
    struct lv_ticket ticket;
    int result = LV_FOREIGN(g_mutex_trylock)(mutex);

    if (result) {
        check_mutex(mutex, GMUTEX | LV_HOW_TRY, LV_CALLER, &ticket);
        taken(mutex, &ticket);
    }
    return result;
}

LV_HOOK void g_mutex_unlock(lv_gmutex *mutex)
{
    release((uintptr_t)mutex, GMUTEX, LV_CALLER);
    LV_FOREIGN(g_mutex_unlock)(mutex);
}

/* ---- waits ----------------------------------------------------------------
 */

/* As in cond.c: the mutex is given up and taken back unseen, and the taking
 * waits like any lock. */
static void begin_wait(lv_gmutex *mutex, uintptr_t caller,
                       struct lv_ticket *again)
{
    release((uintptr_t)mutex, GMUTEX, caller);
    if (!lv_acquire_known((uintptr_t)mutex, GMUTEX, caller, again))
        lv_acquire_miss((uintptr_t)mutex, GMUTEX | relock(), caller, again);
}

LV_HOOK void g_cond_wait(lv_gcond *cond, lv_gmutex *mutex)
{
    struct lv_ticket again;

    begin_wait(mutex, LV_CALLER, &again);
    if (lv_holds_any())
        lv_await((uintptr_t)cond, GCOND, LV_CALLER);
    lv_hook_await(LV_WAIT_CONDITION, 0, cond, &again, LV_CALLER);
    LV_FOREIGN(g_cond_wait)(cond, mutex);
    lv_wait_end();
    taken(mutex, &again);
}

LV_HOOK int g_cond_wait_until(lv_gcond *cond, lv_gmutex *mutex, int64_t until)
{
    struct lv_ticket again;
    int result;

    begin_wait(mutex, LV_CALLER, &again);
    result = LV_FOREIGN(g_cond_wait_until)(cond, mutex, until);
    taken(mutex, &again);
    return result;
}

/* A condition that libglib signals itself is one of its own. */
LV_HOOK void g_cond_signal(lv_gcond *cond)
{
    lv_signal((uintptr_t)cond, GCOND, LV_CALLER);
    LV_FOREIGN(g_cond_signal)(cond);
}

LV_HOOK void g_cond_broadcast(lv_gcond *cond)
{
    lv_signal((uintptr_t)cond, GCOND, LV_CALLER);
    LV_FOREIGN(g_cond_broadcast)(cond);
}

LV_HOOK void g_cond_init(lv_gcond *cond)
{
    lv_lock_destroy((uintptr_t)cond, LV_CALLER, LV_OWNER_NONE);
    LV_FOREIGN(g_cond_init)(cond);
}

LV_HOOK void g_cond_clear(lv_gcond *cond)
{
    lv_lock_destroy((uintptr_t)cond, LV_CALLER, LV_OWNER_NONE);
    LV_FOREIGN(g_cond_clear)(cond);
}

/* ---- bit locks ------------------------------------------------------------
 */

/* One word holds up to 32 locks, and the engine knows locks by address: four
 * have one of their own. Others share; see bit_relock. */
static uintptr_t name_of(volatile const void *word, int bit)
{
    return (uintptr_t)word + ((unsigned)bit & 3);
}

/* A bit that is clear is not this thread's: it holds another with its name. */
static uint32_t bit_relock(bool set)
{
    return set ? 0 : LV_HOW_RELOCK;
}

static void check_bit(uintptr_t lock, uint32_t how, bool set, uintptr_t caller,
                      struct lv_ticket *ticket)
{
    lv_hook_ready();
    if (!lv_acquire_known(lock, how, caller, ticket))
        lv_acquire_miss(lock, how | bit_relock(set), caller, ticket);
}

static bool is_set(volatile const int *word, int bit)
{
    return ((unsigned)*word >> (bit & 31) & 1) != 0;
}

LV_HOOK void g_bit_lock(volatile int *word, int bit)
{
    struct lv_ticket ticket;

    check_bit(name_of(word, bit), BIT, is_set(word, bit), LV_CALLER, &ticket);
    if (!LV_FOREIGN(g_bit_trylock)(word, bit)) {
        lv_hook_await(LV_WAIT_LOCK, 0, (const int *)word, &ticket, LV_CALLER);
        LV_FOREIGN(g_bit_lock)(word, bit);
        lv_wait_end();
    }
    lv_acquire_commit(&ticket);
}

LV_HOOK int g_bit_trylock(volatile int *word, int bit)
{
    struct lv_ticket ticket;
    int result = LV_FOREIGN(g_bit_trylock)(word, bit);

    if (result) {
        check_bit(name_of(word, bit), BIT | LV_HOW_TRY, true, LV_CALLER,
                  &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

LV_HOOK void g_bit_unlock(volatile int *word, int bit)
{
    release(name_of(word, bit), BIT, LV_CALLER);
    LV_FOREIGN(g_bit_unlock)(word, bit);
}

static bool is_set_in_pointer(volatile const void *pointer, int bit)
{
    return (*(volatile const uintptr_t *)pointer >> (bit & 31) & 1) != 0;
}

LV_HOOK void g_pointer_bit_lock(volatile void *pointer, int bit)
{
    struct lv_ticket ticket;

    check_bit(name_of(pointer, bit), BIT, is_set_in_pointer(pointer, bit),
              LV_CALLER, &ticket);
    if (!LV_FOREIGN(g_pointer_bit_trylock)(pointer, bit)) {
        lv_hook_await(LV_WAIT_LOCK, 0, (const void *)pointer, &ticket,
                      LV_CALLER);
        LV_FOREIGN(g_pointer_bit_lock)(pointer, bit);
        lv_wait_end();
    }
    lv_acquire_commit(&ticket);
}

LV_HOOK int g_pointer_bit_trylock(volatile void *pointer, int bit)
{
    struct lv_ticket ticket;
    int result = LV_FOREIGN(g_pointer_bit_trylock)(pointer, bit);

    if (result) {
        check_bit(name_of(pointer, bit), BIT | LV_HOW_TRY, true, LV_CALLER,
                  &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

LV_HOOK void g_pointer_bit_unlock(volatile void *pointer, int bit)
{
    release(name_of(pointer, bit), BIT, LV_CALLER);
    LV_FOREIGN(g_pointer_bit_unlock)(pointer, bit);
}
