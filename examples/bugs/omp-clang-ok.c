/* SPDX-License-Identifier: BSD-2-Clause */
/* omp-clang-ok: critical sections, as clang compiles them, nest in opposite
 * orders, with a barrier in between.
 * lockval: ok ordered
 *
 * Run: build/tools/lockval run -- build/examples/bugs/omp-clang-ok */
#include "kmp-calls.h"
#include "turns.h"

static int32_t a[8], b[8];

static void nest(int32_t thread, void *outer, void *inner)
{
    __kmpc_critical(&here, thread, outer);
    __kmpc_critical(&here, thread, inner);
    __kmpc_end_critical(&here, thread, inner);
    __kmpc_end_critical(&here, thread, outer);
}

static void body(int32_t *thread, int32_t *bound, void *one, void *other)
{
    (void)bound;
    if (omp_get_thread_num() == 0) {
        nest(*thread, one, other);
        turn_end();
    }
    __kmpc_barrier(&here, *thread);
    if (omp_get_thread_num() == 1) {
        turn_wait(1);
        nest(*thread, other, one);
    }
}

int main(void)
{
    parallel(body, a, b);
    return 0;
}
