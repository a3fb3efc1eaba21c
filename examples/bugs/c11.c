/* SPDX-License-Identifier: BSD-2-Clause */
/* c11: C11's mutexes in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * glibc does not take them through pthread_mutex_lock.
 * Run: build/tools/lockval run -- build/examples/bugs/c11 */
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
    mtx_lock(&b);
    mtx_lock(&a);
    mtx_unlock(&a);
    mtx_unlock(&b);
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
