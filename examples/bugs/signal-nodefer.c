/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-nodefer: a handler that can interrupt itself takes a lock.
 * lockval: bug signal inversion locks=log_lock,SIGUSR1
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-nodefer */
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
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER};

    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    return 0;
}
