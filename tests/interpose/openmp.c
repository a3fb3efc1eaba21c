/* SPDX-License-Identifier: BSD-2-Clause */
/* openmp.c: omp_*_lock and critical sections give what OpenMP gives. */
#include "case.h"

#include <omp.h>

static void openmp_lock_is_held_while_it_is(void)
{
    omp_lock_t lock;
    int i, got = 0;

    omp_init_lock(&lock);
    for (i = 0; i < 3; i++) {
        omp_set_lock(&lock);
        CHECK_HELD(&lock, 1);
#pragma omp parallel num_threads(2) reduction(+ : got)
        if (omp_get_thread_num() == 1) {
            got += omp_test_lock(&lock);
            CHECK_HELD(&lock, 0);
        }
        omp_unset_lock(&lock);
        CHECK_HELD(&lock, 0);
        CHECK(omp_test_lock(&lock));
        CHECK_HELD(&lock, 1);
        omp_unset_lock(&lock);
        CHECK_HELD(&lock, 0);
    }
    CHECK(got == 0);
    omp_destroy_lock(&lock);
}

static void nested_lock_is_held_until_its_last_unset(void)
{
    omp_nest_lock_t lock;

    omp_init_nest_lock(&lock);
    omp_set_nest_lock(&lock);
    CHECK(omp_test_nest_lock(&lock) == 2);
    omp_unset_nest_lock(&lock);
    CHECK_HELD(&lock, 1);
    omp_unset_nest_lock(&lock);
    CHECK_HELD(&lock, 0);
    omp_destroy_nest_lock(&lock);
}

/* The compiler calls GOMP_critical_start() and GOMP_critical_end() for the one
 * without a name, GOMP_critical_name_start() and GOMP_critical_name_end() for
 * the other. */
static void critical_sections_exclude_each_other(void)
{
    int named = 0, other = 0, i;

#pragma omp parallel num_threads(4) private(i)
    for (i = 0; i < 5000; i++) {
#pragma omp critical
        other++;
#pragma omp critical(name)
        named++;
    }
    CHECK(named == 20000 && other == 20000);
}

/* As the compiler calls them. */
typedef void body(void *);
void GOMP_parallel(body *, void *, unsigned, unsigned);
void GOMP_parallel_sections(body *, void *, unsigned, unsigned, unsigned);
typedef void loop(body *, void *, unsigned, long, long, long, long, unsigned);
loop GOMP_parallel_loop_static, GOMP_parallel_loop_dynamic,
    GOMP_parallel_loop_guided, GOMP_parallel_loop_nonmonotonic_dynamic,
    GOMP_parallel_loop_nonmonotonic_guided;
typedef void plain_loop(body *, void *, unsigned, long, long, long, unsigned);
plain_loop GOMP_parallel_loop_runtime, GOMP_parallel_loop_nonmonotonic_runtime,
    GOMP_parallel_loop_maybe_nonmonotonic_runtime;
void GOMP_barrier(void);
void GOMP_loop_end(void);
void GOMP_sections_end(void);

static void meet(void *entered)
{
    __atomic_add_fetch((int *)entered, 1, __ATOMIC_RELAXED);
    GOMP_barrier();
    CHECK(__atomic_load_n((int *)entered, __ATOMIC_RELAXED) % 4 == 0);
    GOMP_barrier();
}

static void end_loop(void *entered)
{
    __atomic_add_fetch((int *)entered, 1, __ATOMIC_RELAXED);
    GOMP_loop_end();
}

static void end_sections(void *entered)
{
    __atomic_add_fetch((int *)entered, 1, __ATOMIC_RELAXED);
    GOMP_sections_end();
}

static void region_runs_in_all_its_threads(void)
{
    int n = 0;

    GOMP_parallel(meet, &n, 4, 0);
    CHECK(n == 4);
    GOMP_parallel_sections(end_sections, &n, 4, 2, 0);
    CHECK(n == 8);
    GOMP_parallel_loop_static(end_loop, &n, 4, 0, 9, 1, 1, 0);
    GOMP_parallel_loop_dynamic(end_loop, &n, 4, 0, 9, 1, 1, 0);
    GOMP_parallel_loop_guided(end_loop, &n, 4, 0, 9, 1, 1, 0);
    GOMP_parallel_loop_nonmonotonic_dynamic(end_loop, &n, 4, 0, 9, 1, 1, 0);
    GOMP_parallel_loop_nonmonotonic_guided(end_loop, &n, 4, 0, 9, 1, 1, 0);
    CHECK(n == 28);
    GOMP_parallel_loop_runtime(end_loop, &n, 4, 0, 9, 1, 0);
    GOMP_parallel_loop_nonmonotonic_runtime(end_loop, &n, 4, 0, 9, 1, 0);
    GOMP_parallel_loop_maybe_nonmonotonic_runtime(end_loop, &n, 4, 0, 9, 1, 0);
    CHECK(n == 40);
}

static const struct test_case cases[] = {
    CASE(region_runs_in_all_its_threads),
    CASE(openmp_lock_is_held_while_it_is),
    CASE(nested_lock_is_held_until_its_last_unset),
    CASE(critical_sections_exclude_each_other),
};

CASE_MAIN(cases)
