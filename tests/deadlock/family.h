/* SPDX-License-Identifier: BSD-2-Clause */
/* family.h: two threads that lock a and b in opposite orders and meet between,
 * so that they hang; for lock families other than pthread's. */
#ifndef FAMILY_H
#define FAMILY_H

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_uint arrived;

static void meet(void)
{
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < 2)
        sched_yield();
}

#endif
