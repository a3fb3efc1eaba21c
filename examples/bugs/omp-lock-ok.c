/* SPDX-License-Identifier: BSD-2-Clause */
/* omp-lock-ok: OpenMP's locks in one order.
 * lockval: ok silent
 *
 * They are libgomp's own and pass nothing of pthread.
 * Run: build/tools/lockval run -- build/examples/bugs/omp-lock-ok */
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
    omp_set_lock(&a);
    omp_set_lock(&b);
    omp_unset_lock(&b);
    omp_unset_lock(&a);
}

int main(void)
{
    omp_init_lock(&a);
    omp_init_lock(&b);
#pragma omp parallel num_threads(2)
    {
        if (omp_get_thread_num() == 0)
            first();
        else
            second();
    }
    omp_destroy_lock(&b);
    omp_destroy_lock(&a);
    return 0;
}
