/* SPDX-License-Identifier: BSD-2-Clause */
/* foreign.h: functions of other libraries than libc that we stand before.
 *
 * Declared here and not by their own headers, which need not be there: names
 * and types from the documentation of GLib 2.32, of OpenMP 3.0 and libgomp, and
 * from the Itanium C++ ABI (3.3.3). Types are named after what we use of them.
 *
 * The library may be absent, may be loaded later, and privately: a function is
 * looked up at its first call, for its caller. Included by hooks.h alone. */
#ifndef LV_FOREIGN_H
#define LV_FOREIGN_H

#include <stdint.h>

/* ---- GLib (glib.c) ------------------------------------------------------- */

/* A union of a pointer and two words; since 2.36 the first word is a futex. */
typedef union {
    void *pointer;
    unsigned word[2];
} lv_gmutex;

typedef struct lv_gcond lv_gcond;

void g_mutex_init(lv_gmutex *mutex);
void g_mutex_clear(lv_gmutex *mutex);
void g_mutex_lock(lv_gmutex *mutex);
int g_mutex_trylock(lv_gmutex *mutex);
void g_mutex_unlock(lv_gmutex *mutex);
void g_cond_wait(lv_gcond *cond, lv_gmutex *mutex);
int g_cond_wait_until(lv_gcond *cond, lv_gmutex *mutex, int64_t until);
void g_cond_signal(lv_gcond *cond);
void g_cond_broadcast(lv_gcond *cond);
void g_cond_init(lv_gcond *cond);
void g_cond_clear(lv_gcond *cond);
void g_bit_lock(volatile int *word, int bit);
int g_bit_trylock(volatile int *word, int bit);
void g_bit_unlock(volatile int *word, int bit);
void g_pointer_bit_lock(volatile void *pointer, int bit);
int g_pointer_bit_trylock(volatile void *pointer, int bit);
void g_pointer_bit_unlock(volatile void *pointer, int bit);

/* ---- OpenMP (openmp.c) --------------------------------------------------- */

typedef struct lv_omp_lock lv_omp_lock;
typedef struct lv_omp_nest lv_omp_nest;

void omp_init_lock(lv_omp_lock *lock);
void omp_destroy_lock(lv_omp_lock *lock);
void omp_set_lock(lv_omp_lock *lock);
void omp_unset_lock(lv_omp_lock *lock);
int omp_test_lock(lv_omp_lock *lock);
void omp_init_nest_lock(lv_omp_nest *lock);
void omp_destroy_nest_lock(lv_omp_nest *lock);
void omp_set_nest_lock(lv_omp_nest *lock);
void omp_unset_nest_lock(lv_omp_nest *lock);
int omp_test_nest_lock(lv_omp_nest *lock);
typedef void lv_omp_function(void *);
void GOMP_parallel(lv_omp_function *function, void *data, unsigned threads,
                   unsigned flags);
void GOMP_parallel_sections(lv_omp_function *function, void *data,
                            unsigned threads, unsigned count, unsigned flags);
typedef void lv_omp_loop(lv_omp_function *function, void *data,
                         unsigned threads, long start, long end, long step,
                         long chunk, unsigned flags);
lv_omp_loop GOMP_parallel_loop_static, GOMP_parallel_loop_dynamic,
    GOMP_parallel_loop_guided, GOMP_parallel_loop_nonmonotonic_dynamic,
    GOMP_parallel_loop_nonmonotonic_guided;
typedef void lv_omp_plain_loop(lv_omp_function *function, void *data,
                               unsigned threads, long start, long end,
                               long step, unsigned flags);
lv_omp_plain_loop GOMP_parallel_loop_runtime,
    GOMP_parallel_loop_nonmonotonic_runtime,
    GOMP_parallel_loop_maybe_nonmonotonic_runtime;
void GOMP_barrier(void);
void GOMP_loop_end(void);
void GOMP_sections_end(void);
void GOMP_critical_start(void);
void GOMP_critical_end(void);
void GOMP_critical_name_start(void **name);
void GOMP_critical_name_end(void **name);

/* The same of clang, by LLVM's kmp.h: where in the source, the thread's number
 * in the team; a critical section's name is 32 bytes of static memory. */
typedef struct lv_omp_place lv_omp_place;
typedef void lv_omp_task(int32_t *thread, int32_t *bound, ...);
void __kmpc_critical(lv_omp_place *place, int32_t thread, void *name);
void __kmpc_critical_with_hint(lv_omp_place *place, int32_t thread, void *name,
                               uint32_t hint);
void __kmpc_end_critical(lv_omp_place *place, int32_t thread, void *name);
void __kmpc_fork_call(lv_omp_place *place, int32_t count, lv_omp_task *task,
                      ...);
void __kmpc_barrier(lv_omp_place *place, int32_t thread);

/* ---- liburcu (urcu.c) ---------------------------------------------------- */

void urcu_memb_read_lock(void);
void urcu_memb_read_unlock(void);
int urcu_memb_read_ongoing(void);
void urcu_memb_synchronize_rcu(void);
void urcu_memb_barrier(void);
void urcu_mb_read_lock(void);
void urcu_mb_read_unlock(void);
int urcu_mb_read_ongoing(void);
void urcu_mb_synchronize_rcu(void);
void urcu_mb_barrier(void);
void urcu_signal_read_lock(void);
void urcu_signal_read_unlock(void);
int urcu_signal_read_ongoing(void);
void urcu_signal_synchronize_rcu(void);
void urcu_signal_barrier(void);
void urcu_bp_read_lock(void);
void urcu_bp_read_unlock(void);
int urcu_bp_read_ongoing(void);
void urcu_bp_synchronize_rcu(void);
void urcu_bp_barrier(void);
void urcu_qsbr_register_thread(void);
void urcu_qsbr_unregister_thread(void);
void urcu_qsbr_thread_online(void);
void urcu_qsbr_thread_offline(void);
void urcu_qsbr_synchronize_rcu(void);
void urcu_qsbr_barrier(void);

/* ---- the C++ run-time (guard.c) ------------------------------------------ */

int __cxa_guard_acquire(uint64_t *guard);
void __cxa_guard_release(uint64_t *guard);
void __cxa_guard_abort(uint64_t *guard);

#endif
