/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-signalfd-ok: the signal is blocked in every thread, and read.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-signalfd-ok */
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

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

/* Takes the signal as a message, in its own time. */
static void *take(void *descriptor)
{
    struct signalfd_siginfo info;

    if (read(*(int *)descriptor, &info, sizeof(info)) == sizeof(info))
        use_queue();
    return NULL;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    pthread_t thread;
    sigset_t usr1;
    int descriptor;

    sigaction(SIGUSR1, &action, NULL);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    descriptor = signalfd(-1, &usr1, SFD_CLOEXEC);
    pthread_create(&thread, NULL, take, &descriptor);
    use_queue();
    kill(getpid(), SIGUSR1);
    pthread_join(thread, NULL);
    close(descriptor);
    return 0;
}
