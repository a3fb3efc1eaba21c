/* SPDX-License-Identifier: BSD-2-Clause */
/* stream-ok: a stream is locked first, but nothing is waited for then.
 * lockval: ok silent
 *
 * Who has it may take it again, a try does not wait, and who closes it need not
 * unlock it.
 * Run: build/tools/lockval run -- build/examples/bugs/stream-ok */
#include "turns.h"
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

/* Some lines that nobody else's come between, under a. */
static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    flockfile(stdout);
    puts("two");
    puts("lines");
    funlockfile(stdout);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    flockfile(stdout);
    puts("of what");
    if (pthread_mutex_trylock(&a) == 0) {
        flockfile(stdout); /* again: no wait */
        puts("a guards");
        funlockfile(stdout);
        pthread_mutex_unlock(&a);
    }
    funlockfile(stdout);
    return unused;
}

int main(void)
{
    FILE *own = tmpfile();

    flockfile(own);
    fclose(own); /* its lock goes with it */
    run_two(first, second);
    return 0;
}
