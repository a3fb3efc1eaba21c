/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-cond-held: the same as condvar-held, with GLib's.
 * lockval: bug wait-inversion inversion locks=a,is_ready
 *
 * The signaller had given a back by then. If it comes later it waits for a, and
 * never signals what the owner of a waits for.
 * Run: build/tools/lockval run -- build/examples/bugs/glib-cond-held */
#include "glib-calls.h"
#include "turns.h"

static GMutex a, m;
static GCond is_ready;
static int ready; /* under m */

static void tell(void)
{
    g_mutex_lock(&m);
    ready = 1;
    g_cond_signal(&is_ready);
    g_mutex_unlock(&m);
}

static void *first(void *unused)
{
    turn_wait(1);
    g_mutex_lock(&a);
    g_mutex_lock(&m);
    turn_end();
    while (!ready)
        g_cond_wait(&is_ready, &m);
    g_mutex_unlock(&m);
    g_mutex_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    g_mutex_lock(&a);
    g_mutex_unlock(&a);
    turn_end();
    turn_wait(2);
    tell(); /* m is free once the first thread waits */
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
