/* SPDX-License-Identifier: BSD-2-Clause */
/* std-lock: std::lock takes two, but with a third in hand.
 * lockval: bug inversion inversion locks=a,b
 *
 * It orders what it is given; what was taken before is not its affair.
 * Run: build/tools/lockval run -- build/examples/bugs/std-lock */
#include "turns.h"
#include <mutex>

static std::mutex a, b, c;

static void *first(void *unused)
{
    {
        std::lock_guard<std::mutex> before(a);
        std::scoped_lock both(b, c);
    }
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    std::lock_guard<std::mutex> before(b);
    std::scoped_lock both(a, c);
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
