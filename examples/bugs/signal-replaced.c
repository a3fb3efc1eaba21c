/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-replaced: the queue is used where the second of two handlers comes.
 * lockval: bug signal inversion locks=queue,SIGUSR1
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-replaced */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;

static void use_queue(void)
{
    pthread_mutex_lock(&queue);
    pthread_mutex_unlock(&queue);
}

static void plain(int number)
{
    (void)number;
}

static void locking(int number)
{
    (void)number;
    use_queue();
}

int main(void)
{
    struct sigaction first = {.sa_handler = plain}, before;
    struct sigaction second = {.sa_handler = locking};

    sigaction(SIGUSR1, &first, NULL);
    use_queue();
    raise(SIGUSR1);
    sigaction(SIGUSR1, &second, &before);
    raise(SIGUSR1);
    use_queue();
    sigaction(SIGUSR1, &before, NULL);
    return 0;
}
