/* SPDX-License-Identifier: BSD-2-Clause */
/* fork-reinit: a forked child starts one lock anew that another thread held at
 * the fork, and forgets the second.
 * lockval: bug fork deadlock locks=cache
 *
 * Run: build/tools/lockval run -- build/examples/bugs/fork-reinit */
#include "turns.h"
#include <sys/wait.h>
#include <time.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t cache = PTHREAD_MUTEX_INITIALIZER;

static void *holder(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&journal);
    pthread_mutex_lock(&cache);
    turn_end();
    turn_wait(3);
    pthread_mutex_unlock(&cache);
    pthread_mutex_unlock(&journal);
    turn_end();
    return unused;
}

static void use(pthread_mutex_t *mutex)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec = until.tv_nsec / 2;
    if (pthread_mutex_timedlock(mutex, &until) == 0)
        pthread_mutex_unlock(mutex);
}

int main(void)
{
    pthread_t thread;
    pid_t child;
    int status;

    pthread_create(&thread, NULL, holder, NULL);
    turn_end();
    turn_wait(2);
    child = fork();
    if (child == 0) {
        pthread_mutex_init(&journal, NULL);
        use(&journal);
        use(&cache);
        _exit(0);
    }
    turn_end();
    pthread_join(thread, NULL);
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
