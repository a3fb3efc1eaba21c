/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-calls.h: the locks of GLib, for programs that are built without its
 * headers; a program of yours includes <glib.h>. */
#ifndef GLIB_CALLS_H
#define GLIB_CALLS_H

#include <stdint.h>

typedef union {
    void *p;
    unsigned i[2];
} GMutex;

typedef struct {
    void *p;
    unsigned i[2];
} GCond;

typedef struct {
    void *p;
    unsigned i[2];
} GRecMutex;

void g_mutex_init(GMutex *mutex);
void g_mutex_clear(GMutex *mutex);
void g_mutex_lock(GMutex *mutex);
void g_mutex_unlock(GMutex *mutex);
void g_rec_mutex_lock(GRecMutex *mutex);
void g_rec_mutex_unlock(GRecMutex *mutex);
void g_cond_wait(GCond *cond, GMutex *mutex);
int g_cond_wait_until(GCond *cond, GMutex *mutex, int64_t until);
void g_cond_signal(GCond *cond);
void g_bit_lock(volatile int *word, int bit);
void g_bit_unlock(volatile int *word, int bit);

#endif
