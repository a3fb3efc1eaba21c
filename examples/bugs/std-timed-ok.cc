// SPDX-License-Identifier: BSD-2-Clause
// std-timed-ok: a std::timed_mutex is waited for, and waited under, in time.
// lockval: ok silent
//
// The signaller gives up where it cannot have it, and a wait that ends by
// itself keeps nobody.
// Run: build/tools/lockval run -- build/examples/bugs/std-timed-ok
#include "turns.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

static std::timed_mutex a;
static std::mutex m;
static std::condition_variable is_ready;
static bool ready; // under m

static void wait_in_time()
{
    std::lock_guard<std::timed_mutex> outer(a);
    std::unique_lock<std::mutex> lock(m);
    is_ready.wait_for(lock, std::chrono::milliseconds(1));
}

static void first()
{
    wait_in_time();
    turn_end();
    turn_wait(2);
    std::lock_guard<std::timed_mutex> outer(a);
    std::unique_lock<std::mutex> lock(m);
    turn_end();
    is_ready.wait(lock, [] { return ready; });
}

static void second()
{
    turn_wait(1);
    if (a.try_lock_for(std::chrono::hours(1)))
        a.unlock();
    turn_end();
    turn_wait(3);
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
