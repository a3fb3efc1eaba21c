/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.c: lockval_findings() counts each finding once.
 *
 *   findings seen|unseen    with libvalidator.so preloaded, or without
 *
 * Includes lockval.h alone; no lock is real. */
#include <lockval.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char a, b, c, d, e1, e2, e3, third;
static const struct lockval_class alone = {"alone", LOCKVAL_CLASS_NO_NEST};
static unsigned wrong;
static int seen;

static void expect(const char *after, uint64_t wanted)
{
    uint64_t is = lockval_findings();

    if (is == (seen ? wanted : 0))
        return;
    fprintf(stderr, "after %s: %llu\n", after, (unsigned long long)is);
    wrong++;
}

static void nest(const void *outer, const void *inner)
{
    lockval_acquire(outer, LOCKVAL_WRITE);
    lockval_acquire(inner, LOCKVAL_WRITE);
    lockval_release(inner);
    lockval_release(outer);
}

/* By another thread: the cycle's grade gets worse, and it is told again. */
static void *nest_back(void *unused)
{
    nest(&b, &a);
    return unused;
}

/* What `third` serialises was taken after it. */
static void nest_under(const void *first, const void *second)
{
    lockval_acquire(first, LOCKVAL_WRITE);
    lockval_acquire(second, LOCKVAL_WRITE);
    lockval_acquire_nested(&e2, LOCKVAL_WRITE, &third);
    lockval_release(&e2);
    lockval_release(second);
    lockval_release(first);
}

int main(int argc, char **argv)
{
    volatile int times = 3; /* one call site: no unrolled loop */
    pthread_t thread;
    int i;

    seen = argc > 1 && strcmp(argv[1], "seen") == 0;
    nest(&a, &b);
    expect("one order", 0);
    nest(&b, &a);
    expect("both orders", 1);
    if (pthread_create(&thread, NULL, nest_back, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    expect("both orders by two threads", 1);
    for (i = 0; i < times; i++)
        lockval_release(&c);
    expect("a release of what is not held", 2);
    for (i = 0; i < times; i++)
        lockval_assert_held(&d, LOCKVAL_READ);
    expect("an assertion", 3);
    nest(&c, &d);
    nest(&d, &c);
    expect("another cycle", 4);
    lockval_lock_init(&e1, &alone);
    lockval_lock_init(&e2, &alone);
    lockval_lock_init(&e3, &alone);
    nest_under(&third, &e1);
    expect("two of a class under a third lock", 4);
    nest_under(&e3, &third);
    expect("two of a class, one of them above the third", 5);
    return wrong != 0;
}
