/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-same-lock-ok: the same, with the signal held back while the queue is
 * in use.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-same-lock-ok */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;

static void use_queue(void)
{
    pthread_mutex_lock(&queue);
    pthread_mutex_unlock(&queue);
}

static void handler(int number)
{
    (void)number;
    use_queue();
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

    sigaction(SIGUSR1, &action, NULL);
    change_mask(SIG_BLOCK);
    use_queue();
    change_mask(SIG_UNBLOCK);
    raise(SIGUSR1);
    return 0;
}
