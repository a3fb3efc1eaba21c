/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-same-lock: a handler takes what the thread that it interrupts may
 * hold.
 * lockval: bug signal inversion locks=queue,SIGUSR1
 *
 * It never hangs here: the signal comes when the queue is free.
 * Run: build/tools/lockval run -- build/examples/bugs/signal-same-lock */
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

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    use_queue();
    raise(SIGUSR1);
    return 0;
}
