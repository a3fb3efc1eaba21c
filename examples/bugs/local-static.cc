// SPDX-License-Identifier: BSD-2-Clause
// local-static: a function's static takes the mutex under which others want it.
// lockval: bug wait-inversion inversion
//
// One thread initialises it and takes a; the other has a and waits until it is
// done. Here a was free again by then; it need not be.
// Run: build/tools/lockval run -- build/examples/bugs/local-static
#include "turns.h"
#include <mutex>

static std::mutex a;

static int make()
{
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
    value();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    a.lock();
    value();
    a.unlock();
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
