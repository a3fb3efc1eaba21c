/* SPDX-License-Identifier: BSD-2-Clause */
/* omp-nest: OpenMP's nestable lock and its plain one in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * That a lock may be taken again does not make its order free.
 * Run: build/tools/lockval run -- build/examples/bugs/omp-nest */
#include "turns.h"
#include <omp.h>

static omp_nest_lock_t a;
static omp_lock_t b;

static void first(void)
{
    omp_set_nest_lock(&a);
    omp_set_lock(&b);
    omp_unset_lock(&b);
    omp_unset_nest_lock(&a);
    turn_end();
}

static void second(void)
{
    turn_wait(1);
    omp_set_lock(&b);
    omp_set_nest_lock(&a);
    omp_unset_nest_lock(&a);
    omp_unset_lock(&b);
}

int main(void)
{
    omp_init_nest_lock(&a);
    omp_init_lock(&b);
#pragma omp parallel num_threads(2)
    {
        if (omp_get_thread_num() == 0)
            first();
        else
            second();
    }
    omp_destroy_lock(&b);
    omp_destroy_nest_lock(&a);
    return 0;
}
