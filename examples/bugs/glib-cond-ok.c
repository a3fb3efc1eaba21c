/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-cond-ok: b is let go before the wait.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/glib-cond-ok */
#include "glib-calls.h"
#include "turns.h"

static GMutex a, b;
static GCond is_ready;
static int ready; /* under a */

/* Waits with a alone: giving it up and taking it again orders nothing. */
static void *first(void *unused)
{
    g_mutex_lock(&a);
    g_mutex_lock(&b);
    g_mutex_unlock(&b);
    turn_end();
    while (!ready)
        g_cond_wait(&is_ready, &a);
    g_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    g_mutex_lock(&a); /* free once the first thread waits */
    ready = 1;
    g_cond_signal(&is_ready);
    g_mutex_unlock(&a);

    turn_wait(2);
    g_mutex_lock(&a);
    g_mutex_lock(&b);
    g_mutex_unlock(&b);
    g_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
