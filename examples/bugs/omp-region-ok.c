/* SPDX-License-Identifier: BSD-2-Clause */
/* omp-region-ok: the correct twin of omp-region.
 * lockval: ok ordered
 *
 * Three orders that turn round: after a barrier, after a loop, in the next
 * region. What is before each of these is over when the rest begins.
 * Run: build/tools/lockval run -- build/examples/bugs/omp-region-ok */
#include <omp.h>

static omp_lock_t a, b, c, d, e, f;

static void nest(omp_lock_t *outer, omp_lock_t *inner)
{
    omp_set_lock(outer);
    omp_set_lock(inner);
    omp_unset_lock(inner);
    omp_unset_lock(outer);
}

int main(void)
{
    omp_lock_t *const lock[] = {&a, &b, &c, &d, &e, &f};
    int i;

    for (i = 0; i < 6; i++)
        omp_init_lock(lock[i]);
#pragma omp parallel num_threads(2)
    {
        int me = omp_get_thread_num(), turn;

        if (me == 0)
            nest(&a, &b);
#pragma omp barrier
        if (me == 1)
            nest(&b, &a);
        if (me == 1)
            nest(&c, &d);
#pragma omp for schedule(dynamic)
        for (turn = 0; turn < 2; turn++)
            ;
        if (me == 0)
            nest(&d, &c);
        if (me == 1)
            nest(&e, &f);
    }
#pragma omp parallel num_threads(2)
    if (omp_get_thread_num() == 0)
        nest(&f, &e);
    for (i = 0; i < 6; i++)
        omp_destroy_lock(lock[i]);
    return 0;
}
