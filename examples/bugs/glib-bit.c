/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-bit: a bit of a word and a mutex, locked in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * The other bits of the word are its flags, and are no locks.
 * Run: build/tools/lockval run -- build/examples/bugs/glib-bit */
#include "glib-calls.h"
#include "turns.h"

static int a; /* bit 0 is a lock */
static GMutex b;

static void *first(void *unused)
{
    g_bit_lock(&a, 0);
    g_mutex_lock(&b);
    g_mutex_unlock(&b);
    g_bit_unlock(&a, 0);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    g_mutex_lock(&b);
    g_bit_lock(&a, 0);
    g_bit_unlock(&a, 0);
    g_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
