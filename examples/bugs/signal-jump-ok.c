/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-jump-ok: a thread that left a handler by a jump is not in it any
 * more.
 * lockval: ok silent
 *
 * If it were, b would be the handler's, which may interrupt who has b.
 * Run: build/tools/lockval run -- build/examples/bugs/signal-jump-ok */
#include "turns.h"
#include <setjmp.h>
#include <signal.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf out;

static void handler(int number)
{
    (void)number;
    pthread_mutex_lock(&c);
    pthread_mutex_unlock(&c);
    siglongjmp(out, 1);
}

static void both(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static void *first(void *unused)
{
    pthread_mutex_lock(&a);
    if (sigsetjmp(out, 1) == 0)
        raise(SIGUSR1);
    pthread_mutex_lock(&b); /* with a held, and in no handler */
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    both(&a, &b);
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR1, &action, NULL);
    run_two(first, second);
    return 0;
}
