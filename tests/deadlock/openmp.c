/* SPDX-License-Identifier: BSD-2-Clause */
/* openmp: a deadlock of a parallel region's two locks. */
#include <omp.h>

#include "family.h"

static omp_lock_t a, b;

int main(void)
{
    omp_init_lock(&a);
    omp_init_lock(&b);
#pragma omp parallel num_threads(2)
    {
        omp_lock_t *mine = omp_get_thread_num() == 0 ? &a : &b;

        omp_set_lock(mine);
        meet();
        omp_set_lock(mine == &a ? &b : &a);
    }
    return 0;
}
