/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-parent-ok: a child takes two shared mutexes against the order of its
 * parent, which takes them before the fork, and after the child's end.
 * lockval: ok ordered
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-parent-ok */
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
    forward();
    child = run_child(backward);
    if (!wait_for(child))
        return 1;
    forward();
    return 0;
}
