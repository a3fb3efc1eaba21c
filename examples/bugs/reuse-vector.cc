/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-vector: a job of a vector, locked both ways.
 * lockval: bug inversion inversion locks=*,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-vector */
#include "turns.h"
#include <memory>
#include <mutex>
#include <vector>

struct job {
    std::mutex lock;
    char payload[100];
};
static std::vector<std::unique_ptr<job>> jobs;
static std::mutex b;

static void *first(void *unused)
{
    turn_reach(1);
    {
        std::scoped_lock outer(jobs[0]->lock);
        std::scoped_lock inner(b);
    }
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_reach(1);
    turn_wait(3);
    {
        std::scoped_lock outer(b);
        std::scoped_lock inner(jobs[0]->lock);
    }
    turn_end();
    return unused;
}

int main()
{
    pthread_t one, two;

    pthread_create(&one, nullptr, first, nullptr);
    pthread_create(&two, nullptr, second, nullptr);
    jobs.push_back(std::make_unique<job>());
    turn_end();
    turn_wait(2);
    turn_end();
    pthread_join(one, nullptr);
    pthread_join(two, nullptr);
    return 0;
}
