/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-sa-mask: two handlers take one lock, and each can interrupt the
 * other.
 * lockval: bug signal inversion locks=log_lock,SIGUSR2
 * lockval: bug signal inversion locks=log_lock,SIGUSR1
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-sa-mask */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    (void)number;
    pthread_mutex_lock(&log_lock);
    pthread_mutex_unlock(&log_lock);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    return 0;
}
