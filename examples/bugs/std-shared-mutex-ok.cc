/* SPDX-License-Identifier: BSD-2-Clause */
/* std-shared-mutex-ok: both share both.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/std-shared-mutex-ok */
#include "turns.h"
#include <mutex>
#include <shared_mutex>

static std::shared_mutex a, b;

static void *first(void *unused)
{
    {
        std::shared_lock<std::shared_mutex> outer(a);
        std::shared_lock<std::shared_mutex> inner(b);
    }
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    std::shared_lock<std::shared_mutex> outer(b);
    std::shared_lock<std::shared_mutex> inner(a);
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
