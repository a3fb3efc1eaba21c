/* SPDX-License-Identifier: BSD-2-Clause */
/* kmp.c: regions, barriers and critical sections as clang calls them give what
 * libomp gives. */
#include "case.h"

#include "../../examples/bugs/kmp-calls.h"

#define FOUR(x) x, x, x, x
#define TWENTY(x) FOUR(x), FOUR(x), FOUR(x), FOUR(x), FOUR(x)

void __kmpc_critical_with_hint(kmp_place *place, int32_t thread, void *name,
                               uint32_t hint);

static int32_t critical[8];
static int entered, passed;

static void count(int32_t *thread, int32_t *bound, void *to, void *other)
{
    int i;

    (void)bound;
    CHECK(other == critical);
    for (i = 0; i < 2000; i++) {
        if (i % 2)
            __kmpc_critical(&here, *thread, critical);
        else
            __kmpc_critical_with_hint(&here, *thread, critical, 0);
        CHECK_HELD(critical, 1);
        ++*(int *)to;
        __kmpc_end_critical(&here, *thread, critical);
        CHECK_HELD(critical, 0);
    }
}

static void clangs_critical_sections_exclude_each_other(void)
{
    int sum = 0;

    parallel(count, &sum, critical);
    CHECK(sum == 4000);
}

static void meet(int32_t *thread, int32_t *bound, void *unused, void *other)
{
    (void)bound;
    (void)unused;
    (void)other;
    __atomic_add_fetch(&entered, 1, __ATOMIC_SEQ_CST);
    __kmpc_barrier(&here, *thread);
    CHECK(entered == 2);
    __kmpc_barrier(&here, *thread);
    __atomic_add_fetch(&passed, 1, __ATOMIC_SEQ_CST);
}

static void clangs_barriers_let_all_go_at_once(void)
{
    parallel(meet, NULL, NULL);
    CHECK(passed == 2);
}

static void take_twenty(int32_t *thread, int32_t *bound, int *a, int *b, int *c,
                        int *d, int *e, int *f, int *g, int *h, int *i, int *j,
                        int *k, int *l, int *m, int *n, int *o, int *p, int *q,
                        int *r, int *s, int *t, int *z)
{
    (void)thread;
    (void)bound;
    CHECK(a == b && b == c && c == d && d == e && e == f && f == g && g == h);
    CHECK(h == i && i == j && j == k && k == l && l == m && m == n && n == o);
    CHECK(o == p && p == q && q == r && r == s && s == t && t == &entered);
    __atomic_add_fetch(z, 1, __ATOMIC_SEQ_CST);
}

static void clangs_regions_take_many_variables(void)
{
    int sum = 0;

    __kmpc_push_num_threads(&here, __kmpc_global_thread_num(&here), 2);
    __kmpc_fork_call(&here, 21, (kmp_task *)(void *)take_twenty,
                     TWENTY(&entered), &sum);
    CHECK(sum == 2);
}

static const struct test_case cases[] = {
    CASE(clangs_critical_sections_exclude_each_other),
    CASE(clangs_barriers_let_all_go_at_once),
    CASE(clangs_regions_take_many_variables),
};

CASE_MAIN(cases)
