/* SPDX-License-Identifier: BSD-2-Clause */
/* openmp.c: the locks of OpenMP, and the critical sections that gcc compiles to
 * calls of libgomp. They do not tell whose they are. A named section is locked
 * by a word that the compiler names after it; all unnamed ones are one lock,
 * inside the library, for which a variable of ours stands. */
#include "hooks.h"

#define OPENMP LV_HOW_FAMILY(LV_FAMILY_OPENMP)
#define NEST (OPENMP | LV_HOW_RELOCK)

static char omp_critical;

static inline void check(uintptr_t lock, uint32_t how, uintptr_t caller,
                         struct lv_ticket *ticket)
{
    if (LV_UNLIKELY(!lv_acquire_known(lock, how, caller, ticket)))
        lv_acquire_miss(lock, how, caller, ticket);
}

static inline void release(uintptr_t lock, uintptr_t caller)
{
    if (LV_UNLIKELY(!lv_release_newest(lock)))
        lv_release_miss(lock, OPENMP, caller, LV_OWNER_UNKNOWN);
}

LV_HOOK void omp_init_lock(lv_omp_lock *lock)
{
    LV_FOREIGN(omp_init_lock)(lock);
    lv_lock_init((uintptr_t)lock, OPENMP, LV_CALLER, NULL);
}

LV_HOOK void omp_destroy_lock(lv_omp_lock *lock)
{
    lv_lock_destroy((uintptr_t)lock, LV_CALLER, LV_OWNER_UNKNOWN);
    LV_FOREIGN(omp_destroy_lock)(lock);
}

LV_HOOK void omp_set_lock(lv_omp_lock *lock)
{
    struct lv_ticket ticket;

    check((uintptr_t)lock, OPENMP, LV_CALLER, &ticket);
    if (!LV_FOREIGN(omp_test_lock)(lock)) {
        lv_hook_await(LV_WAIT_LOCK, 0, lock, &ticket, LV_CALLER);
        LV_FOREIGN(omp_set_lock)(lock);
        lv_wait_end();
    }
    lv_acquire_commit(&ticket);
}

LV_HOOK void omp_unset_lock(lv_omp_lock *lock)
{
    release((uintptr_t)lock, LV_CALLER);
    LV_FOREIGN(omp_unset_lock)(lock);
}

LV_HOOK int omp_test_lock(lv_omp_lock *lock)
{
    struct lv_ticket ticket;
    int result = LV_FOREIGN(omp_test_lock)(lock);

    if (result) {
        check((uintptr_t)lock, OPENMP | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

/* ---- locks that their owner may take again --------------------------------
 */

LV_HOOK void omp_init_nest_lock(lv_omp_nest *lock)
{
    LV_FOREIGN(omp_init_nest_lock)(lock);
    lv_lock_init((uintptr_t)lock, NEST, LV_CALLER, NULL);
}

LV_HOOK void omp_destroy_nest_lock(lv_omp_nest *lock)
{
    lv_lock_destroy((uintptr_t)lock, LV_CALLER, LV_OWNER_UNKNOWN);
    LV_FOREIGN(omp_destroy_nest_lock)(lock);
}

LV_HOOK void omp_set_nest_lock(lv_omp_nest *lock)
{
    struct lv_ticket ticket;

    check((uintptr_t)lock, NEST, LV_CALLER, &ticket);
    if (!LV_FOREIGN(omp_test_nest_lock)(lock)) {
        lv_hook_await(LV_WAIT_LOCK, 0, lock, &ticket, LV_CALLER);
        LV_FOREIGN(omp_set_nest_lock)(lock);
        lv_wait_end();
    }
    lv_acquire_commit(&ticket);
}

LV_HOOK void omp_unset_nest_lock(lv_omp_nest *lock)
{
    release((uintptr_t)lock, LV_CALLER);
    LV_FOREIGN(omp_unset_nest_lock)(lock);
}

LV_HOOK int omp_test_nest_lock(lv_omp_nest *lock)
{
    struct lv_ticket ticket;
    int result = LV_FOREIGN(omp_test_nest_lock)(lock);

    if (result) {
        check((uintptr_t)lock, NEST | LV_HOW_TRY, LV_CALLER, &ticket);
        lv_acquire_commit(&ticket);
    }
    return result;
}

/* ---- critical sections ----------------------------------------------------
 */

LV_HOOK void GOMP_critical_start(void)
{
    struct lv_ticket ticket;

    check((uintptr_t)&omp_critical, OPENMP, LV_CALLER, &ticket);
    lv_hook_await(LV_WAIT_LOCK, LV_WAIT_ELSEWHERE, &omp_critical, &ticket,
                  LV_CALLER);
    LV_FOREIGN(GOMP_critical_start)();
    lv_wait_end();
    lv_acquire_commit(&ticket);
}

LV_HOOK void GOMP_critical_end(void)
{
    release((uintptr_t)&omp_critical, LV_CALLER);
    LV_FOREIGN(GOMP_critical_end)();
}

LV_HOOK void GOMP_critical_name_start(void **name)
{
    struct lv_ticket ticket;

    check((uintptr_t)name, OPENMP, LV_CALLER, &ticket);
    lv_hook_await(LV_WAIT_LOCK, 0, name, &ticket, LV_CALLER);
    LV_FOREIGN(GOMP_critical_name_start)(name);
    lv_wait_end();
    lv_acquire_commit(&ticket);
}

LV_HOOK void GOMP_critical_name_end(void **name)
{
    release((uintptr_t)name, LV_CALLER);
    LV_FOREIGN(GOMP_critical_name_end)(name);
}

/* ---- as clang calls them --------------------------------------------------
 */

static void check_critical(void *name, struct lv_ticket *ticket,
                           uintptr_t caller)
{
    check((uintptr_t)name, OPENMP, caller, ticket);
    lv_hook_await(LV_WAIT_LOCK, LV_WAIT_ELSEWHERE, name, ticket, caller);
}

LV_HOOK void __kmpc_critical(lv_omp_place *place, int32_t thread, void *name)
{
    struct lv_ticket ticket;

    check_critical(name, &ticket, LV_CALLER);
    LV_FOREIGN(__kmpc_critical)(place, thread, name);
    lv_wait_end();
    lv_acquire_commit(&ticket);
}

LV_HOOK void __kmpc_critical_with_hint(lv_omp_place *place, int32_t thread,
                                       void *name, uint32_t hint)
{
    struct lv_ticket ticket;

    check_critical(name, &ticket, LV_CALLER);
    LV_FOREIGN(__kmpc_critical_with_hint)(place, thread, name, hint);
    lv_wait_end();
    lv_acquire_commit(&ticket);
}

LV_HOOK void __kmpc_end_critical(lv_omp_place *place, int32_t thread,
                                 void *name)
{
    release((uintptr_t)name, LV_CALLER);
    LV_FOREIGN(__kmpc_end_critical)(place, thread, name);
}
