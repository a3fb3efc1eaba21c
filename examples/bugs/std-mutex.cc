/* SPDX-License-Identifier: BSD-2-Clause */
/* std-mutex: two nested lock_guards, in opposite orders.
 * lockval: bug inversion inversion locks=a,b
 *
 * A std::mutex is neither initialised nor destroyed by a call.
 * Run: build/tools/lockval run -- build/examples/bugs/std-mutex */
#include "turns.h"
#include <mutex>
#include <thread>

static std::mutex a, b;

static void first()
{
    std::lock_guard<std::mutex> outer(a);
    std::lock_guard<std::mutex> inner(b);
}

static void second()
{
    std::lock_guard<std::mutex> outer(b);
    std::lock_guard<std::mutex> inner(a);
}

int main()
{
    std::thread one([] {
        first();
        turn_end();
    });
    std::thread two([] {
        turn_wait(1);
        second();
    });

    one.join();
    two.join();
    return 0;
}
