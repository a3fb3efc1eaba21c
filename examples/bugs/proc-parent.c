/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-parent: a child takes two shared mutexes against the order of its
 * parent, which takes them again after the fork.
 * lockval: bug inversion inversion locks=shared->a*,shared->b*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-parent */
#include "processes.h"
#include "shared.h"

static struct {
    pthread_mutex_t a, b;
} * shared;

static void forward(void)
{
    pthread_mutex_lock(&shared->a);
    pthread_mutex_lock(&shared->b);
    pthread_mutex_unlock(&shared->b);
    pthread_mutex_unlock(&shared->a);
}

static void backward(void)
{
    turn_wait();
    pthread_mutex_lock(&shared->b);
    pthread_mutex_lock(&shared->a);
    pthread_mutex_unlock(&shared->a);
    pthread_mutex_unlock(&shared->b);
}

int main(void)
{
    pid_t child;

    shared = share_memory(sizeof(*shared));
    init_mutex(&shared->a, PTHREAD_MUTEX_STALLED);
    init_mutex(&shared->b, PTHREAD_MUTEX_STALLED);
    if (pipe(turn_pipe) != 0)
        return 1;
    forward();
    child = run_child(backward);
    forward();
    turn_end();
    return wait_for(child) ? 0 : 1;
}
