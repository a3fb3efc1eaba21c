/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-free: a std::mutex on the heap keeps its order as long as it lives.
 * lockval: bug inversion inversion locks=*,*
 *
 * The twin deletes it in between.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-free */
#include "turns.h"
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
    turn_reach(1);
    current->lock.lock();
    b.lock();
    b.unlock();
    current->lock.unlock();
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_reach(1);
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
    turn_end();
    turn_wait(2);
    turn_end();
    pthread_join(one, nullptr);
    pthread_join(two, nullptr);
    delete current;
    return 0;
}
