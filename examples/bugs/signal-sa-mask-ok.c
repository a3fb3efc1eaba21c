/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-sa-mask-ok: two handlers take one lock, and each keeps the other
 * away.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-sa-mask-ok */
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

    sigaddset(&action.sa_mask, SIGUSR1);
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR1);
    raise(SIGUSR2);
    return 0;
}
