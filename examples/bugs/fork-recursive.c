/* SPDX-License-Identifier: BSD-2-Clause */
/* fork-recursive: a forked child goes on with a recursive mutex that it held at
 * the fork.
 * lockval: bug fork deadlock locks=tree
 *
 * The mutex knows its owner by a thread id, which is another in the child. This
 * one gives up, so that the program ends.
 * Run: build/tools/lockval run -- build/examples/bugs/fork-recursive */
#include "turns.h"
#include <sys/wait.h>
#include <time.h>

static pthread_mutex_t tree;

static void make_recursive(void)
{
    pthread_mutexattr_t kind;

    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&tree, &kind);
}

static void walk(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec = until.tv_nsec / 2;
    if (pthread_mutex_timedlock(&tree, &until) == 0)
        pthread_mutex_unlock(&tree);
}

int main(void)
{
    pid_t child;
    int status;

    make_recursive();
    pthread_mutex_lock(&tree);
    walk();
    child = fork();
    if (child == 0) {
        pthread_mutex_unlock(&tree); /* refused */
        walk();
        _exit(0);
    }
    pthread_mutex_unlock(&tree);
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}
