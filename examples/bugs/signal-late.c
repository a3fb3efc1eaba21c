/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-late: a lock is taken before its signal has a handler, and after.
 * lockval: bug signal inversion locks=settings,SIGHUP
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-late */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t settings = PTHREAD_MUTEX_INITIALIZER;

static void use_settings(void)
{
    pthread_mutex_lock(&settings);
    pthread_mutex_unlock(&settings);
}

static void handler(int number)
{
    (void)number;
    use_settings();
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    int i;

    for (i = 0; i < 2; i++) {
        use_settings();
        sigaction(SIGHUP, &action, NULL);
    }
    raise(SIGHUP);
    return 0;
}
