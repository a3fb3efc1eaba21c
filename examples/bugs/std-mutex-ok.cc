/* SPDX-License-Identifier: BSD-2-Clause */
/* std-mutex-ok: std::scoped_lock takes both, in whatever order they are named.
 * lockval: ok silent
 *
 * It waits for one with nothing in hand, tries the other, and backs off.
 * Run: build/tools/lockval run -- build/examples/bugs/std-mutex-ok */
#include "turns.h"
#include <mutex>
#include <thread>

static std::mutex a, b;

static void first()
{
    std::scoped_lock both(a, b);
}

static void second()
{
    std::scoped_lock both(b, a);
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
