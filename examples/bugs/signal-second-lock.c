/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-second-lock: a thread is interrupted with a, the handler waits for b,
 * and who has b waits for a.
 * lockval: bug signal inversion locks=a,SIGUSR1,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-second-lock */
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

static void change_mask(int how)
{
    sigset_t usr1;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(how, &usr1, NULL);
}

static void *interrupted(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    raise(SIGUSR1);
    turn_end();
    return unused;
}

/* No signal comes here. */
static void *other(void *unused)
{
    change_mask(SIG_BLOCK);
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
