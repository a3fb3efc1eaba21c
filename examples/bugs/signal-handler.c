/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-handler: a handler and a thread take two locks in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-handler */
#include "turns.h"
#include <signal.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    (void)number;
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

/* Takes them only where the handler cannot come in between. */
static void *first(void *unused)
{
    sigset_t usr1;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_kill(pthread_self(), SIGUSR1);
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    run_two(first, second);
    return 0;
}
