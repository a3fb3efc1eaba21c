/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-thread-local-ok: a thread_local mutex is another one in each thread.
 * lockval: ok
 *
 * A new thread finds its locals where an ended one had its own.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-thread-local-ok */
#include "turns.h"
#include <mutex>

static thread_local std::mutex mine;
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
