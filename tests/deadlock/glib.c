/* SPDX-License-Identifier: BSD-2-Clause */
/* glib: a deadlock of GLib's mutexes. */
#include <pthread.h>

#include "../../examples/bugs/glib-calls.h"
#include "family.h"

static GMutex a, b;

static void *first(void *unused)
{
    g_mutex_lock(&a);
    meet();
    g_mutex_lock(&b);
    return unused;
}

static void *second(void *unused)
{
    g_mutex_lock(&b);
    meet();
    g_mutex_lock(&a);
    return unused;
}

int main(void)
{
    pthread_t thread[2];

    pthread_create(&thread[0], NULL, first, NULL);
    pthread_create(&thread[1], NULL, second, NULL);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    return 0;
}
