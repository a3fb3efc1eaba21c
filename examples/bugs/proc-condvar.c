/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-condvar: a condition is waited for with a lock in shared memory, which
 * its signaller takes, and another process took before.
 * lockval: bug wait-inversion inversion locks=a*,is_ready
 *
 * The signaller had given a back by then. If it comes later it waits for a, and
 * never signals what the owner of a waits for.
 * Run: build/tools/lockval run -- build/examples/bugs/proc-condvar */
#include <sys/wait.h>

#include "shared.h"
#include "turns.h"

static pthread_mutex_t *a;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_ready = PTHREAD_COND_INITIALIZER;
static int ready; /* under m */

static void tell(void)
{
    pthread_mutex_lock(&m);
    ready = 1;
    pthread_cond_signal(&is_ready);
    pthread_mutex_unlock(&m);
}

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(a);
    pthread_mutex_lock(&m);
    turn_end();
    while (!ready)
        pthread_cond_wait(&is_ready, &m);
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(a);
    return unused;
}

static void *second(void *unused)
{
    pthread_mutex_lock(a);
    pthread_mutex_unlock(a);
    turn_end();
    turn_wait(2);
    tell(); /* m is free once the first thread waits */
    return unused;
}

/* Another process knows the lock as its own. */
static void take(void)
{
    pthread_mutex_lock(a);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(a);
}

static void wait_and_tell(void)
{
    run_two(first, second);
}

static int run_child(void (*body)(void))
{
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        body();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(void)
{
    a = share_memory(sizeof(*a));
    init_mutex(a, PTHREAD_MUTEX_STALLED);
    return run_child(take) && run_child(wait_and_tell) ? 0 : 1;
}
