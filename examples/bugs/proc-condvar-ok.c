/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-condvar-ok: a condition is waited for with a lock in shared memory that
 * its signaller took before it signalled something else, which was waited for
 * first.
 * lockval: ok
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-condvar-ok */
#include <sys/wait.h>

#include "shared.h"
#include "turns.h"

static pthread_mutex_t *a;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_ready = PTHREAD_COND_INITIALIZER;
static pthread_cond_t is_past = PTHREAD_COND_INITIALIZER;
static int ready, past; /* under m */

static void tell(void)
{
    pthread_mutex_lock(&m);
    ready = 1;
    pthread_cond_signal(&is_ready);
    pthread_mutex_unlock(&m);
}

static void await_past(void)
{
    pthread_mutex_lock(&m);
    while (!past)
        pthread_cond_wait(&is_past, &m);
    pthread_mutex_unlock(&m);
}

static void *first(void *unused)
{
    await_past();
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
    pthread_mutex_lock(&m);
    past = 1;
    pthread_cond_signal(&is_past);
    pthread_mutex_unlock(&m);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    turn_wait(1);
    tell();
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
