/* SPDX-License-Identifier: BSD-2-Clause */
/* local-destructor: a thread_local destructor locks in reverse.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/local-destructor */
#include "turns.h"
#include <mutex>

static std::mutex a, b;
struct guest {
    int visits = 0;
    ~guest()
    {
        {
            std::scoped_lock outer(b);
            std::scoped_lock inner(a);
        }
        turn_end();
    }
};
static thread_local guest visitor;

static void *first(void *unused)
{
    visitor.visits = 1;
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    std::scoped_lock outer(a);
    std::scoped_lock inner(b);

    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
