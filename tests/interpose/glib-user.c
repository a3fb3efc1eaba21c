/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-user.c: a module that brings GLib along; see private.c. */
#include "glib-calls.h"

int use_glib(void);

int use_glib(void)
{
    GLibLock mutex;
    volatile int word = 0;
    int good;

    g_mutex_init(&mutex);
    g_mutex_lock(&mutex);
    good = !g_mutex_trylock(&mutex);
    g_mutex_unlock(&mutex);
    g_mutex_clear(&mutex);
    g_bit_lock(&word, 2);
    good = good && word == 4;
    g_bit_unlock(&word, 2);
    return good && word == 0;
}
