/* SPDX-License-Identifier: BSD-2-Clause */
/* fork-reader-ok: a forked child reads under a rwlock that another thread had
 * for reading at the fork: readers share, even with one that is gone.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/fork-reader-ok */
#include "turns.h"
#include <sys/wait.h>
#include <time.h>

static pthread_rwlock_t journal = PTHREAD_RWLOCK_INITIALIZER;

static void *holder(void *unused)
{
    turn_wait(1);
    pthread_rwlock_rdlock(&journal);
    turn_end();
    turn_wait(3);
    pthread_rwlock_unlock(&journal);
    turn_end();
    return unused;
}

static void read_log(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec = until.tv_nsec / 2;
    if (pthread_rwlock_timedrdlock(&journal, &until) == 0)
        pthread_rwlock_unlock(&journal);
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
        read_log();
        _exit(0);
    }
    turn_end();
    pthread_join(thread, NULL);
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
