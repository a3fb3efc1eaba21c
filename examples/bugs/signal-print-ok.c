/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-print-ok: a handler writes, which it may.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-print-ok */
#include "turns.h"
#include <signal.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    static const char text[] = "signal\n";

    (void)number;
    if (write(1, text, sizeof(text) - 1) < 0)
        _exit(1);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    return raise(SIGUSR1);
}
