/* SPDX-License-Identifier: BSD-2-Clause */
/* fork-held-ok: a lock is taken before the fork and released on both sides.
 * lockval: ok
 *
 * So no other thread holds it at that moment, and the child's copy is free.
 * Run: build/tools/lockval run -- build/examples/bugs/fork-held-ok */
#include "turns.h"
#include <sys/wait.h>
#include <time.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;

static void *holder(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&journal);
    pthread_mutex_unlock(&journal);
    turn_end();
    turn_wait(3);
    turn_end();
    return unused;
}

static void before(void)
{
    pthread_mutex_lock(&journal);
}

static void after(void)
{
    pthread_mutex_unlock(&journal);
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

    pthread_atfork(before, after, after);
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
