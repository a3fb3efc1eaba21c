/* SPDX-License-Identifier: BSD-2-Clause */
/* flock-twice-ok: a file is locked through two descriptors of one open file:
 * it has the lock already.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/flock-twice-ok */
#include "files.h"
#include <signal.h>
#include <sys/time.h>

static void wake(int number)
{
    (void)number;
}

int main(void)
{
    struct itimerval soon = {.it_value.tv_usec = 100000};
    struct sigaction action = {.sa_handler = wake};
    int first = make_file("spool"), second = dup(first);

    sigaction(SIGALRM, &action, NULL);
    flock(first, LOCK_EX);
    setitimer(ITIMER_REAL, &soon, NULL);
    flock(second, LOCK_EX);
    return 0;
}
