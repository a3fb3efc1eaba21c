/* SPDX-License-Identifier: BSD-2-Clause */
/* fork-ok: parent and child disagree, but share no lock.
 * lockval: ok
 *
 * The memory of a forked child is a copy: nobody waits for the other's locks.
 * Run: build/tools/lockval run -- build/examples/bugs/fork-ok */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void take_both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

int main(void)
{
    int status = 1;
    pid_t child = fork();

    if (child == -1)
        return 1;
    if (child == 0) {
        take_both(&b, &a);
        _exit(0);
    }
    take_both(&a, &b);
    return waitpid(child, &status, 0) == child ? status : 1;
}
