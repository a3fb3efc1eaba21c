/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-trylock: a handler tries for one lock, and waits for a second.
 * lockval: bug signal inversion locks=statistics,SIGUSR1
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-trylock */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t statistics = PTHREAD_MUTEX_INITIALIZER;

/* Whoever holds the queue is not waited for. */
static void handler(int number)
{
    (void)number;
    if (pthread_mutex_trylock(&queue) != 0)
        return;
    pthread_mutex_lock(&statistics);
    pthread_mutex_unlock(&statistics);
    pthread_mutex_unlock(&queue);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    pthread_mutex_lock(&queue);
    raise(SIGUSR1);
    pthread_mutex_unlock(&queue);
    pthread_mutex_lock(&statistics);
    pthread_mutex_unlock(&statistics);
    raise(SIGUSR1);
    return 0;
}
