/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-cond-held-ok: a wait that ends by itself keeps nobody.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/glib-cond-held-ok */
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
        g_cond_wait_until(&is_ready, &m, INT64_MAX);
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
