/* SPDX-License-Identifier: BSD-2-Clause */
/* omp-critical-ok: critical sections inside each other, in one order.
 * lockval: ok silent
 *
 * The compiler makes a lock of each name, and one of all that have none.
 * Run: build/tools/lockval run -- build/examples/bugs/omp-critical-ok */
#include "turns.h"
#include <omp.h>

static int count;

static void first(void)
{
#pragma omp critical(outer)
    {
#pragma omp critical
        count++;
    }
    turn_end();
}

static void second(void)
{
    turn_wait(1);
#pragma omp critical(outer)
    {
#pragma omp critical
        count++;
    }
}

int main(void)
{
#pragma omp parallel num_threads(2)
    {
        if (omp_get_thread_num() == 0)
            first();
        else
            second();
    }
    return 0;
}
