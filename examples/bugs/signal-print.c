/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-print: a handler prints, and could come while its thread does.
 * lockval: ok single-thread
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-print */
#include "turns.h"
#include <signal.h>
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    printf("signal %d\n", number);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    return raise(SIGUSR1);
}
