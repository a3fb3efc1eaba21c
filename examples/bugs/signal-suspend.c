/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-suspend: a thread lets a signal in while it waits with a, the handler
 * waits for b, and who has b waits for a.
 * lockval: bug signal inversion locks=a,SIGUSR1,b
 *
 * Elsewhere the signal is blocked.
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-suspend */
#include "turns.h"
#include <signal.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    (void)number;
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
}

static void *waiter(void *unused)
{
    sigset_t now;

    pthread_sigmask(SIG_BLOCK, NULL, &now);
    sigdelset(&now, SIGUSR1);
    raise(SIGUSR1);
    pthread_mutex_lock(&a);
    sigsuspend(&now);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *other(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    sigset_t usr1;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    sigaction(SIGUSR1, &action, NULL);
    run_two(waiter, other);
    return 0;
}
