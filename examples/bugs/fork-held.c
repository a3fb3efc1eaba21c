/* SPDX-License-Identifier: BSD-2-Clause */
/* fork-held: a forked child takes a lock that another thread held at the fork.
 * lockval: bug fork deadlock locks=journal
 *
 * Nobody is left in the child who would release it. This one gives up, so that
 * the program ends. Run: build/tools/lockval run --
 * build/examples/bugs/fork-held */
#include "turns.h"
#include <sys/wait.h>
#include <time.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;

static void *holder(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&journal);
    turn_end();
    turn_wait(3);
    pthread_mutex_unlock(&journal);
    turn_end();
    return unused;
}

static void write_log(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec = until.tv_nsec / 2;
    if (pthread_mutex_timedlock(&journal, &until) == 0)
        pthread_mutex_unlock(&journal);
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
        write_log();
        _exit(0);
    }
    turn_end();
    pthread_join(thread, NULL);
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
