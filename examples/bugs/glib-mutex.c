/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-mutex: GLib's mutexes in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * They are futexes of GLib's own: nothing of it passes pthread. One of them is
 * never initialised, which is right for a static GMutex.
 * Run: build/tools/lockval run -- build/examples/bugs/glib-mutex */
#include "glib-calls.h"
#include "turns.h"

static GMutex a, b;

static void *first(void *unused)
{
    g_mutex_lock(&a);
    g_mutex_lock(&b);
    g_mutex_unlock(&b);
    g_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    g_mutex_lock(&b);
    g_mutex_lock(&a);
    g_mutex_unlock(&a);
    g_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    g_mutex_init(&b);
    run_two(first, second);
    return 0;
}
