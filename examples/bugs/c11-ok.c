/* SPDX-License-Identifier: BSD-2-Clause */
/* c11-ok: C11's mutexes in one order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/c11-ok */
#include "turns.h"
#include <threads.h>

static mtx_t a, b;

static void *first(void *unused)
{
    mtx_lock(&a);
    mtx_lock(&b);
    mtx_unlock(&b);
    mtx_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    mtx_lock(&a);
    mtx_lock(&b);
    mtx_unlock(&b);
    mtx_unlock(&a);
    return unused;
}

int main(void)
{
    mtx_init(&a, mtx_plain);
    mtx_init(&b, mtx_plain);
    run_two(first, second);
    mtx_destroy(&b);
    mtx_destroy(&a);
    return 0;
}
