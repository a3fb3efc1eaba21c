/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-rec-ok: GLib's recursive mutex, entered again inside the plain one.
 * lockval: ok silent
 *
 * Who has it already does not wait for it: that is no order.
 * Run: build/tools/lockval run -- build/examples/bugs/glib-rec-ok */
#include "glib-calls.h"
#include "turns.h"

static GRecMutex a;
static GMutex b;

static void *first(void *unused)
{
    g_rec_mutex_lock(&a);
    g_mutex_lock(&b);
    g_rec_mutex_lock(&a);
    g_rec_mutex_unlock(&a);
    g_mutex_unlock(&b);
    g_rec_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    g_rec_mutex_lock(&a);
    g_mutex_lock(&b);
    g_mutex_unlock(&b);
    g_rec_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
