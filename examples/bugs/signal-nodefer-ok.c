/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-nodefer-ok: a handler that takes a lock does not interrupt itself.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-nodefer-ok */
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
    raise(SIGUSR1);
    return 0;
}
