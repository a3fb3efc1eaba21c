/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-gate: one of the two takes a third lock first, and the other does
 * not.
 * lockval: bug signal inversion locks=a,SIGUSR1,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-gate */
#include "turns.h"
#include <signal.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    (void)number;
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
}

static void *interrupted(void *unused)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&gate);
    raise(SIGUSR1);
    turn_end();
    return unused;
}

static void *other(void *unused)
{
    sigset_t usr1;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
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

    sigaction(SIGUSR1, &action, NULL);
    run_two(interrupted, other);
    return 0;
}
