/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-rwlock: a handler writes what its thread may be reading.
 * lockval: bug signal inversion locks=table,SIGUSR1
 *
 * Of who writes and reads inside glibc says so (EDEADLK), and nobody waits.
 * Run: build/tools/lockval run -- build/examples/bugs/signal-rwlock */
#include <pthread.h>
#include <signal.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

static void handler(int number)
{
    (void)number;
    pthread_rwlock_wrlock(&table);
    pthread_rwlock_unlock(&table);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
    raise(SIGUSR1);
    return 0;
}
