/* SPDX-License-Identifier: BSD-2-Clause */
/* std-lock-ok: std::lock is given all that it is to order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/std-lock-ok */
#include "turns.h"
#include <mutex>

static std::mutex a, b, c;

static void *first(void *unused)
{
    std::lock(a, b, c);
    a.unlock();
    b.unlock();
    c.unlock();
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    std::lock(c, b, a);
    a.unlock();
    b.unlock();
    c.unlock();
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
