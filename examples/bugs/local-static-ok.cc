// SPDX-License-Identifier: BSD-2-Clause
// local-static-ok: its initialiser takes a mutex that nobody has who waits.
// lockval: ok silent
//
// It throws at first: then it is nobody's, and the next to come begins anew.
// Run: build/tools/lockval run -- build/examples/bugs/local-static-ok
#include "turns.h"
#include <mutex>

static std::mutex a;

static int make()
{
    static int tries;

    if (++tries == 1)
        throw tries;
    a.lock();
    a.unlock();
    turn_end();
    usleep(100000); // so that the other comes to wait
    return 1;
}

static int value()
{
    static int made = make();

    return made;
}

static void *first(void *unused)
{
    try {
        value();
    } catch (int) {
        value();
    }
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    value();
    a.lock();
    value(); // done: nobody waits here any more
    a.unlock();
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
