/* SPDX-License-Identifier: BSD-2-Clause */
/* std-shared-mutex: each shares one and wants the other for itself.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/std-shared-mutex */
#include "turns.h"
#include <mutex>
#include <shared_mutex>

static std::shared_mutex a, b;

static void *first(void *unused)
{
    {
        std::shared_lock<std::shared_mutex> reads(a);
        std::unique_lock<std::shared_mutex> writes(b);
    }
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    std::shared_lock<std::shared_mutex> reads(b);
    std::unique_lock<std::shared_mutex> writes(a);
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
