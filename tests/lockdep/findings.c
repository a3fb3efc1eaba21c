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

static char a, b, c, d;
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

int main(int argc, char **argv)
{
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
    for (i = 0; i < 3; i++)
        lockval_release(&c);
    expect("a release of what is not held", 2);
    for (i = 0; i < 3; i++)
        lockval_assert_held(&d, LOCKVAL_READ);
    expect("an assertion", 3);
    nest(&c, &d);
    nest(&d, &c);
    expect("another cycle", 4);
    return wrong != 0;
}
