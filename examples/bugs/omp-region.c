/* SPDX-License-Identifier: BSD-2-Clause */
/* omp-region: OpenMP's locks in opposite orders, in one parallel region.
 * lockval: bug inversion inversion locks=a,b
 *
 * A barrier is before both: it keeps nobody apart.
 * Run: build/tools/lockval run -- build/examples/bugs/omp-region */
#include "turns.h"
#include <omp.h>

static omp_lock_t a, b;

static void first(void)
{
    omp_set_lock(&a);
    omp_set_lock(&b);
    omp_unset_lock(&b);
    omp_unset_lock(&a);
    turn_end();
}

static void second(void)
{
    turn_wait(1);
    omp_set_lock(&b);
    omp_set_lock(&a);
    omp_unset_lock(&a);
    omp_unset_lock(&b);
}

int main(void)
{
    omp_init_lock(&a);
    omp_init_lock(&b);
#pragma omp parallel num_threads(2)
    {
#pragma omp barrier
        if (omp_get_thread_num() == 0)
            first();
        else
            second();
    }
    omp_destroy_lock(&b);
    omp_destroy_lock(&a);
    return 0;
}
