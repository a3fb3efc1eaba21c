/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-print-inside-ok: a handler prints where nothing is under way: it is
 * let in by sigsuspend alone.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-print-inside-ok */
#include "turns.h"
#include <signal.h>
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    fprintf(stdout, "signal %d\n", number);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    sigset_t usr1, before;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, &before);
    sigaction(SIGUSR1, &action, NULL);
    pthread_mutex_lock(&a);
    printf("line\n");
    pthread_mutex_unlock(&a);
    raise(SIGUSR1);
    sigsuspend(&before);
    return 0;
}
