/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-calls.h: what the cases call of GLib, whose headers need not be there.
 */
#ifndef GLIB_CALLS_H
#define GLIB_CALLS_H

#include <stdint.h>

typedef struct {
    void *word[2];
} GLibLock; /* GMutex, GCond, GRecMutex and GRWLock are no larger */

void g_mutex_init(GLibLock *mutex);
void g_mutex_clear(GLibLock *mutex);
void g_mutex_lock(GLibLock *mutex);
int g_mutex_trylock(GLibLock *mutex);
void g_mutex_unlock(GLibLock *mutex);
void g_cond_wait(GLibLock *cond, GLibLock *mutex);
int g_cond_wait_until(GLibLock *cond, GLibLock *mutex, int64_t until);
void g_cond_signal(GLibLock *cond);
void g_cond_broadcast(GLibLock *cond);
void g_cond_init(GLibLock *cond);
void g_cond_clear(GLibLock *cond);
void g_bit_lock(volatile int *word, int bit);
int g_bit_trylock(volatile int *word, int bit);
void g_bit_unlock(volatile int *word, int bit);
void(g_pointer_bit_lock)(volatile void *pointer, int bit);
int(g_pointer_bit_trylock)(volatile void *pointer, int bit);
void(g_pointer_bit_unlock)(volatile void *pointer, int bit);
void g_rec_mutex_lock(GLibLock *mutex);
void g_rec_mutex_unlock(GLibLock *mutex);
void g_rw_lock_writer_lock(GLibLock *lock);
void g_rw_lock_writer_unlock(GLibLock *lock);

#endif
