/* SPDX-License-Identifier: BSD-2-Clause */
/* std-lock-outer-ok: std::scoped_lock of three, in any order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/std-lock-outer-ok */
#include "turns.h"
#include <mutex>

static std::mutex a, b, c;

static void *first(void *unused)
{
    {
        std::scoped_lock all(c, b, a);
    }
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    std::scoped_lock outer(a, b);
    std::scoped_lock inner(c);

    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
