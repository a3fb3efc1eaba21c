/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-thread-local: a shared mutex and one of all threads, in opposite
 * orders.
 * lockval: bug inversion inversion locks=*,b
 *
 * In the twin it is local to the thread.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-thread-local */
#include "turns.h"
#include <mutex>

static std::mutex mine;
static std::mutex b;

static void *first(void *unused)
{
    std::lock_guard<std::mutex> one(mine), two(b);

    return unused;
}

static void *second(void *unused)
{
    std::lock_guard<std::mutex> one(b), two(mine);

    return unused;
}

/* Each thread ends before the next begins, and that is told to nobody else. */
static void run(void *(*body)(void *))
{
    pthread_t thread;

    pthread_create(&thread, nullptr, body, nullptr);
    pthread_join(thread, nullptr);
}

static void *one_by_one(void *unused)
{
    run(first);
    turn_end();
    return unused;
}

static void *another(void *unused)
{
    turn_wait(1);
    run(second);
    return unused;
}

int main()
{
    run_two(one_by_one, another);
    return 0;
}
