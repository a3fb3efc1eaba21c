/* SPDX-License-Identifier: BSD-2-Clause */
/* std-timed-mutex: recursive_timed_mutex and shared_timed_mutex, both ways.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/std-timed-mutex */
#include "turns.h"
#include <mutex>
#include <shared_mutex>

static std::recursive_timed_mutex a;
static std::shared_timed_mutex b;

static void *first(void *unused)
{
    a.lock();
    a.lock();
    b.lock_shared();
    b.unlock_shared();
    a.unlock();
    a.unlock();
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    b.lock();
    a.lock();
    a.unlock();
    b.unlock();
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
