/* SPDX-License-Identifier: BSD-2-Clause */
/* coroutine: a coroutine yields between its two locks.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/coroutine */
#include "turns.h"
#include <ucontext.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER;
static ucontext_t thread_side, inside;
static char stack[64 * 1024];

static void body(void)
{
    pthread_mutex_lock(&a);
    swapcontext(&inside, &thread_side);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

static void *first(void *unused)
{
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    inside.uc_link = &thread_side;
    makecontext(&inside, body, 0);
    swapcontext(&thread_side, &inside);
    swapcontext(&thread_side, &inside);
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
    run_two(first, second);
    return 0;
}
