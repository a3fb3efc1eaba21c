/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-free-ok: a deleted std::mutex leaves no order to its successor.
 * lockval: ok
 *
 * Nothing but `delete` ends its life. Exits 1 where malloc takes another place.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-free-ok */
#include "turns.h"
#include <cstdint>
#include <mutex>
#include <new>

struct job {
    std::mutex lock;
    char payload[100];
};
static job *current;
static std::mutex b;

static void *first(void *unused)
{
    turn_wait(1);
    current->lock.lock();
    b.lock();
    b.unlock();
    current->lock.unlock();
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(3);
    b.lock();
    current->lock.lock();
    current->lock.unlock();
    b.unlock();
    turn_end();
    return unused;
}

int main()
{
    pthread_t one, two;

    pthread_create(&one, nullptr, first, nullptr);
    pthread_create(&two, nullptr, second, nullptr);
    current = new job;
    uintptr_t old = reinterpret_cast<uintptr_t>(current);
    turn_end();
    turn_wait(2);
    delete current;
    current = new job;
    bool again = old == reinterpret_cast<uintptr_t>(current);
    turn_end();
    pthread_join(one, nullptr);
    pthread_join(two, nullptr);
    delete current;
    return again ? 0 : 1;
}
