/* SPDX-License-Identifier: BSD-2-Clause */
/* std-lock-outer: std::scoped_lock of two, with a third one held.
 * lockval: bug inversion inversion
 *
 * Of the two it waits for one, whichever it is, and backs off from the other.
 * Run: build/tools/lockval run -- build/examples/bugs/std-lock-outer */
#include "turns.h"
#include <mutex>

static std::mutex a, b, c;

static void *first(void *unused)
{
    {
        std::scoped_lock outer(c);
        std::scoped_lock inner(b, a);
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
