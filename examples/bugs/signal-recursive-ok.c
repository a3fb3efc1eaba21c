/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-recursive-ok: a handler takes a recursive mutex, which its thread may
 * hold.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-recursive-ok */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t state = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void handler(int number)
{
    (void)number;
    pthread_mutex_lock(&state);
    pthread_mutex_unlock(&state);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    pthread_mutex_lock(&state);
    pthread_mutex_unlock(&state);
    raise(SIGUSR1);
    return 0;
}
