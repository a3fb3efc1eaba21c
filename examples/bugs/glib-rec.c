/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-rec: GLib's recursive mutex and its plain one in opposite orders.
 * lockval: bug inversion inversion
 *
 * The recursive one is a mutex of pthread that GLib allocates when it is first
 * used.
 * Run: build/tools/lockval run -- build/examples/bugs/glib-rec */
#include "glib-calls.h"
#include "turns.h"

static GRecMutex a;
static GMutex b;

static void *first(void *unused)
{
    g_rec_mutex_lock(&a);
    g_mutex_lock(&b);
    g_mutex_unlock(&b);
    g_rec_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    g_mutex_lock(&b);
    g_rec_mutex_lock(&a);
    g_rec_mutex_unlock(&a);
    g_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
