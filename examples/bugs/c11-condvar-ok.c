/* SPDX-License-Identifier: BSD-2-Clause */
/* c11-condvar-ok: a lock is held in a wait, which its signaller takes late.
 * lockval: ok silent
 *
 * What it takes after the signal the waiter has given back by then.
 * Run: build/tools/lockval run -- build/examples/bugs/c11-condvar-ok */
#include "turns.h"
#include <threads.h>

static mtx_t a, m;
static cnd_t is_ready;
static int ready; /* under m */

static void tell(void)
{
    mtx_lock(&m);
    ready = 1;
    cnd_signal(&is_ready);
    mtx_unlock(&m);
}

static void *first(void *unused)
{
    turn_wait(1);
    mtx_lock(&a);
    mtx_lock(&m);
    turn_end();
    while (!ready)
        cnd_wait(&is_ready, &m);
    mtx_unlock(&m);
    mtx_unlock(&a);
    return unused;
}

static void *second(void *unused)
{
    turn_end();
    turn_wait(2);
    tell(); /* m is free once the first thread waits */
    mtx_lock(&a);
    mtx_unlock(&a);
    return unused;
}

int main(void)
{
    mtx_init(&a, mtx_plain);
    mtx_init(&m, mtx_plain);
    cnd_init(&is_ready);
    run_two(first, second);
    cnd_destroy(&is_ready);
    mtx_destroy(&m);
    mtx_destroy(&a);
    return 0;
}
