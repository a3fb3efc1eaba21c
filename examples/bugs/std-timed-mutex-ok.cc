/* SPDX-License-Identifier: BSD-2-Clause */
/* std-timed-mutex-ok: recursive_timed_mutex and shared_timed_mutex, in order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/std-timed-mutex-ok */
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
    a.lock();
    b.lock();
    b.unlock();
    a.unlock();
    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
