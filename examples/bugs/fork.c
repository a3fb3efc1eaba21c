/* SPDX-License-Identifier: BSD-2-Clause */
/* fork: the child of a program that takes no lock has the bug.
 * lockval: bug inversion inversion locks=a,b
 *
 * The child ends by _exit, which runs no exit hook.
 * Run: build/tools/lockval run -- build/examples/bugs/fork */
#include "turns.h"
#include <sys/wait.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return unused;
}

int main(void)
{
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        run_two(first, second);
        _exit(0);
    }
    if (child == -1 || waitpid(child, &status, 0) != child)
        return 1;
    return status;
}
