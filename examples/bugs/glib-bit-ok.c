/* SPDX-License-Identifier: BSD-2-Clause */
/* glib-bit-ok: two bits of a word are two locks, taken in one order.
 * lockval: ok silent
 *
 * The other bits of the word are its flags, and are no locks.
 * Run: build/tools/lockval run -- build/examples/bugs/glib-bit-ok */
#include "glib-calls.h"
#include "turns.h"

static int word; /* bits 0 and 1 are locks */

static void *first(void *unused)
{
    g_bit_lock(&word, 0);
    g_bit_lock(&word, 1);
    g_bit_unlock(&word, 1);
    g_bit_unlock(&word, 0);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    g_bit_lock(&word, 0);
    g_bit_lock(&word, 1);
    g_bit_unlock(&word, 1);
    g_bit_unlock(&word, 0);
    return unused;
}

int main(void)
{
    run_two(first, second);
    return 0;
}
