// SPDX-License-Identifier: BSD-2-Clause
// std-timed: a std::condition_variable is waited for under a std::timed_mutex.
// lockval: bug wait-inversion inversion locks=a,is_ready
//
// The signaller had given it back by then; if it comes later it waits for it as
// long as it takes.
// Run: build/tools/lockval run -- build/examples/bugs/std-timed
#include "turns.h"
#include <condition_variable>
#include <mutex>
#include <thread>

static std::timed_mutex a;
static std::mutex m;
static std::condition_variable is_ready;
static bool ready; // under m

static void first()
{
    turn_wait(1);
    std::lock_guard<std::timed_mutex> outer(a);
    std::unique_lock<std::mutex> lock(m);
    turn_end();
    is_ready.wait(lock, [] { return ready; });
}

static void second()
{
    {
        std::lock_guard<std::timed_mutex> guard(a);
    }
    turn_end();
    turn_wait(2);
    std::lock_guard<std::mutex> lock(m); // free once the first thread waits
    ready = true;
    is_ready.notify_one();
}

int main()
{
    std::thread one(first), two(second);

    one.join();
    two.join();
}
