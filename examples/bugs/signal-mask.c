/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-mask: the signal may come again one line too early.
 * lockval: bug signal inversion locks=queue,SIGUSR1
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-mask */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;

static void handler(int number)
{
    (void)number;
    pthread_mutex_lock(&queue);
    pthread_mutex_unlock(&queue);
}

static void change_mask(int how)
{
    sigset_t usr1;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(how, &usr1, NULL);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    int i;

    change_mask(SIG_BLOCK);
    sigaction(SIGUSR1, &action, NULL);
    for (i = 0; i < 2; i++) {
        change_mask(SIG_BLOCK);
        pthread_mutex_lock(&queue);
        change_mask(SIG_UNBLOCK);
        pthread_mutex_unlock(&queue);
    }
    raise(SIGUSR1);
    return 0;
}
