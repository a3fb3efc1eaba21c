/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-recursive: a handler takes a plain mutex that its thread may hold.
 * lockval: bug signal inversion locks=state,SIGUSR1
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-recursive */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;

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
